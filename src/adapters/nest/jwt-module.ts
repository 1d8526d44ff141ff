import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type ModuleMetadata,
  type NestModule,
  type Provider,
  type Type,
} from '@nestjs/common'
import { APP_FILTER, APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core'
import type { Awaitable } from '../../internal/awaitable.ts'
import type { JwtOptions } from '../../options.ts'
import { ContextInterceptor } from './context-interceptor.ts'
import { IdleFilter, JwtExceptionFilter } from './jwt-exception-filter.ts'
import { getRequestToken } from './jwt-guard.ts'
import { JwtManager } from './jwt-manager.ts'
import { openScopes } from './open-scopes.ts'
import { type GetRequest, getHttpRequest } from './request-of.ts'

/** What the module takes besides the options of the manager. */
export interface JwtModuleExtras {
  /** Whether every module sees `JwtManager` without importing this one. @default true */
  readonly isGlobal?: boolean
  /** Where the token of a call stands; for transports other than HTTP and GraphQL. @default `getHttpRequest` */
  readonly getRequest?: GetRequest
}

/** All options of the manager, and those of the module. */
export type JwtModuleOptions<User = unknown, Extra extends object = object> = JwtOptions<User, Extra> & JwtModuleExtras

/** A provider that makes the options. */
export interface JwtOptionsFactory {
  createJwtOptions(): Awaitable<JwtOptions>
}

/** The options, made by the providers of the application. Exactly one of the three ways. */
export interface JwtModuleAsyncOptions<User = unknown, Extra extends object = object> extends JwtModuleExtras {
  readonly imports?: ModuleMetadata['imports']
  readonly inject?: FactoryProvider['inject']
  /** Gets what `inject` names. */
  readonly useFactory?: (...dependencies: never[]) => Awaitable<JwtOptions<User, Extra>>
  /** Made here, with its own dependencies. */
  readonly useClass?: Type<JwtOptionsFactory>
  /** Provided by a module among `imports`, or a global one. */
  readonly useExisting?: Type<JwtOptionsFactory>
}

const optionsToken = Symbol('jwt-extended:options')

/**
 * Provides `JwtManager`, and answers refused requests. It protects nothing by itself: that do `@JwtRequired()`, or
 * `JwtGuard` as `APP_GUARD`.
 */
export class JwtModule implements NestModule {
  readonly #manager: JwtManager
  readonly #host: HttpAdapterHost

  constructor(manager: JwtManager, host: HttpAdapterHost) {
    this.#manager = manager
    this.#host = host
  }

  /** @throws TypeError at an option that is wrong, with the remedy */
  static forRoot<User = unknown, Extra extends object = object>(options: JwtModuleOptions<User, Extra>): DynamicModule {
    const { isGlobal, getRequest, ...others } = options
    const manager = new JwtManager(others as JwtOptions)
    return buildModule([{ provide: JwtManager, useValue: manager }], { isGlobal, getRequest })
  }

  /** As `forRoot()`, where the options depend on providers: a configuration, or repositories for the loaders. */
  static forRootAsync<User = unknown, Extra extends object = object>(
    options: JwtModuleAsyncOptions<User, Extra>,
  ): DynamicModule {
    const manager: Provider = {
      provide: JwtManager,
      inject: [optionsToken],
      useFactory: (resolved: JwtOptions) => new JwtManager(resolved),
    }
    return {
      ...buildModule([...provideOptions(options as JwtModuleAsyncOptions), manager], options),
      imports: options.imports ?? [],
    }
  }

  /** Called by Nest before it registers routes. */
  configure(): void {
    openScopes(this.#host.httpAdapter, this.#manager)
  }
}

Module({})(JwtModule)
Inject(JwtManager)(JwtModule, undefined, 0)
Inject(HttpAdapterHost)(JwtModule, undefined, 1)

function buildModule(
  providers: readonly Provider[],
  {
    isGlobal = true,
    getRequest = getHttpRequest,
  }: { isGlobal?: boolean | undefined; getRequest?: GetRequest | undefined },
): DynamicModule {
  return {
    module: JwtModule,
    global: isGlobal,
    providers: [...providers, { provide: getRequestToken, useValue: getRequest }, ...enhancers],
    exports: [JwtManager, getRequestToken],
  }
}

// A filter cannot pass an exception on to another one: where errors are the application's, one that catches nothing.
const enhancers: readonly Provider[] = [
  { provide: APP_INTERCEPTOR, useFactory: () => new ContextInterceptor() },
  {
    provide: APP_FILTER,
    inject: [JwtManager, HttpAdapterHost],
    useFactory: (manager: JwtManager, host: HttpAdapterHost) =>
      manager.throwsErrors ? new IdleFilter() : new JwtExceptionFilter(host),
  },
]

function provideOptions({ inject = [], useFactory, useClass, useExisting }: JwtModuleAsyncOptions): Provider[] {
  const factory = useClass ?? useExisting
  const given = [useFactory, useClass, useExisting].filter(way => way !== undefined)
  if (given.length !== 1)
    throw new TypeError('JwtModule.forRootAsync() needs exactly one of useFactory, useClass and useExisting')
  if (factory === undefined) return [{ provide: optionsToken, inject, useFactory: useFactory as () => unknown }]
  return [
    ...(useClass === undefined ? [] : [{ provide: useClass, useClass }]),
    {
      provide: optionsToken,
      inject: [factory],
      useFactory: (made: JwtOptionsFactory) => made.createJwtOptions(),
    },
  ]
}
