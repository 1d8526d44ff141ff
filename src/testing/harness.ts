import type { AdapterManager } from '../adapters/adapter-manager.ts'
import type { AnonymousContext, JwtContext } from '../context.ts'
import type { Awaitable } from '../internal/awaitable.ts'
import type { JwtOptions } from '../options.ts'
import type { Requirements } from '../request/requirements.ts'
import type { SessionHandlerName } from '../sessions/handlers.ts'
import type { TokenPair } from '../sessions/token-pair.ts'
import type { SetCookiesOptions, UnsetCookiesOptions } from '../tokens/cookies.ts'
import type { CreateAccessTokenOptions } from '../tokens/create.ts'
import type { VerifyOptions } from '../tokens/verify.ts'

/** What a handler of the contract's application can do, whatever the framework. */
export interface HandlerTools {
  authenticate(requirements?: Requirements): Promise<JwtContext | AnonymousContext>
  current(): JwtContext
  currentOrUndefined(): JwtContext | AnonymousContext | undefined
  verifyToken(token: string, options?: VerifyOptions): Promise<{ readonly claims: unknown }>
  createAccessToken(identity: NonNullable<unknown> | null, options?: CreateAccessTokenOptions): Promise<string>
  createRefreshToken(identity: NonNullable<unknown> | null, options?: CreateAccessTokenOptions): Promise<string>
  setAccessCookies(token: string, options?: SetCookiesOptions): Promise<void>
  setRefreshCookies(token: string, options?: SetCookiesOptions): Promise<void>
  unsetAccessCookies(options?: UnsetCookiesOptions): void
  unsetRefreshCookies(options?: UnsetCookiesOptions): void
  unsetJwtCookies(options?: UnsetCookiesOptions): void
  /** Begins a session of the user on the device that the request comes from. */
  createSession(identity: string): Promise<TokenPair>
  setJwtCookies(pair: TokenPair): Promise<void>
  /** Adds a header to the response by the framework's own means. */
  appendHeader(name: string, value: string): void
  /** The parsed JSON body, as a handler of the framework reads it. */
  readJson(): Awaitable<unknown>
}

/** A route of the contract's application, for every method. */
export interface ContractRoute {
  readonly path: string
  /** Protects the route; absent for an open one. */
  readonly requirements?: Requirements
  /** What is answered as JSON with status 200. */
  handle(tools: HandlerTools): Awaitable<unknown>
}

/** A route of the contract's application that one of `jwt.handlers` answers, for every method. */
export interface ReadyRoute {
  readonly path: string
  readonly handler: SessionHandlerName
}

/** A server of the adapter under test, listening on 127.0.0.1. */
export interface RunningApplication {
  readonly port: number
  close(): Promise<void>
}

/**
 * How the contract reaches an adapter: starts an application of the framework with these routes. JSON and form bodies
 * are parsed (one that cannot be parsed counts as none), a `JwtError` thrown by a handler is answered as the adapter
 * answers its own, any other error with status 500. With `errors: 'throw'` the framework's error handling answers a
 * `JwtError` with `{ thrown: error.code }` and its status.
 */
export interface AdapterHarness {
  readonly name: string
  /** Whether the framework hands the body of a GET to the application. */
  readonly readsBodyOfGet: boolean
  start(
    options: JwtOptions,
    routes: readonly ContractRoute[],
    ready?: readonly ReadyRoute[],
  ): Promise<RunningApplication>
}

/** The tools of a handler, from the manager of an adapter and what it is given of the request and the response. */
export function bindTools<Request, Target extends object>(
  manager: AdapterManager<unknown, object, Request, Target, unknown>,
  { request, target }: { readonly request: Request; readonly target: Target },
  own: Pick<HandlerTools, 'appendHeader' | 'readJson'>,
): HandlerTools {
  return {
    ...own,
    authenticate: requirements => manager.authenticate(request, requirements),
    current: () => manager.current(),
    currentOrUndefined: () => manager.currentOrUndefined(),
    verifyToken: (token, options) => manager.verifyToken(token, options),
    createAccessToken: (identity, options) => manager.createAccessToken(identity, options),
    createRefreshToken: (identity, options) => manager.createRefreshToken(identity, options),
    setAccessCookies: (token, options) => manager.setAccessCookies(target, token, options),
    setRefreshCookies: (token, options) => manager.setRefreshCookies(target, token, options),
    unsetAccessCookies: options => manager.unsetAccessCookies(target, options),
    unsetRefreshCookies: options => manager.unsetRefreshCookies(target, options),
    unsetJwtCookies: options => manager.unsetJwtCookies(target, options),
    createSession: identity => manager.sessions.create(identity, { device: request }),
    setJwtCookies: pair => manager.setJwtCookies(target, pair),
  }
}
