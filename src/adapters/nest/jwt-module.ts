import { type DynamicModule, Inject, Module, type NestModule, type Provider } from '@nestjs/common'
import { APP_FILTER, APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core'
import type { JwtOptions } from '../../options.ts'
import { ContextInterceptor } from './context-interceptor.ts'
import { IdleFilter, ModuleFilter } from './jwt-exception-filter.ts'
import { getRequestToken } from './jwt-guard.ts'
import { JwtManager } from './jwt-manager.ts'
import {
  type JwtModuleAsyncOptions,
  type JwtModuleOptions,
  optionsToken,
  provideOptions,
} from './jwt-module-options.ts'
import { openScopes } from './open-scopes.ts'
import { type GetRequest, getHttpRequest } from './request-of.ts'

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

// Where errors are the application's, a filter that catches nothing.
const enhancers: readonly Provider[] = [
  { provide: APP_INTERCEPTOR, useFactory: () => new ContextInterceptor() },
  {
    provide: APP_FILTER,
    inject: [JwtManager, HttpAdapterHost],
    useFactory: (manager: JwtManager, host: HttpAdapterHost) =>
      manager.throwsErrors ? new IdleFilter() : new ModuleFilter(host),
  },
]
