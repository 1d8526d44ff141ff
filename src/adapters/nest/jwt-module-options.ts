import type { FactoryProvider, ModuleMetadata, Provider, Type } from '@nestjs/common'
import type { Awaitable } from '../../internal/awaitable.ts'
import type { JwtOptions } from '../../options.ts'
import type { GetRequest } from './request-of.ts'

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

/** Under which `provideOptions` provides what `forRootAsync()` was given. */
export const optionsToken: unique symbol = Symbol('jwt-extended:options')

/**
 * The providers of the options, in whichever way they are made.
 *
 * @throws TypeError where it is not exactly one of the three ways
 */
export function provideOptions({ inject = [], useFactory, useClass, useExisting }: JwtModuleAsyncOptions): Provider[] {
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
