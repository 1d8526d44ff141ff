import type { AnonymousContext, JwtContext, Requirements } from '../../../src/index.ts'

/** What the handlers of all applications can do, whatever the framework. */
export interface HandlerTools {
  authenticate(requirements: Requirements): Promise<JwtContext | AnonymousContext>
  current(): JwtContext | AnonymousContext
  currentOrUndefined(): JwtContext | AnonymousContext | undefined
  verifyToken(token: string, options: object): Promise<{ readonly claims: unknown }>
  createAccessToken(identity: never, options?: object): Promise<string>
  createRefreshToken(identity: never, options?: object): Promise<string>
  setCookies(kind: 'access' | 'refresh', token: string, options: object): Promise<void>
  unsetCookies(kind: 'access' | 'refresh' | 'all', options: object): void
}

/** A route of a case: protected, or open where `requirements` is undefined; what it answers goes out as JSON. */
export interface Route {
  readonly requirements: Requirements | undefined
  handle(tools: HandlerTools): Promise<unknown>
}

export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | undefined
}

export interface HttpReply {
  readonly status: number
  readonly text: string
  readonly setCookies: readonly string[]
}

/** An application for one case, which can be sent requests. */
export interface Application {
  send(request: HttpRequest): Promise<HttpReply>
  close(): Promise<void>
}

/** The verbs of every adapter's manager, over its own request and response. */
export interface ManagerVerbs<Request, Target>
  extends Pick<
    HandlerTools,
    'current' | 'currentOrUndefined' | 'verifyToken' | 'createAccessToken' | 'createRefreshToken'
  > {
  authenticate(request: Request, requirements: Requirements): Promise<JwtContext | AnonymousContext>
  setAccessCookies(target: Target, token: string, options: object): Promise<void>
  setRefreshCookies(target: Target, token: string, options: object): Promise<void>
  unsetAccessCookies(target: Target, options: object): void
  unsetRefreshCookies(target: Target, options: object): void
  unsetJwtCookies(target: Target, options: object): void
}

export function toolsOf<Request, Target>(
  manager: ManagerVerbs<Request, Target>,
  request: Request,
  target: Target,
): HandlerTools {
  return {
    authenticate: requirements => manager.authenticate(request, requirements),
    current: () => manager.current(),
    currentOrUndefined: () => manager.currentOrUndefined(),
    verifyToken: (token, options) => manager.verifyToken(token, options),
    createAccessToken: (identity, options) => manager.createAccessToken(identity, options),
    createRefreshToken: (identity, options) => manager.createRefreshToken(identity, options),
    setCookies: (kind, token, options) =>
      kind === 'access'
        ? manager.setAccessCookies(target, token, options)
        : manager.setRefreshCookies(target, token, options),
    unsetCookies: (kind, options) => {
      if (kind === 'access') manager.unsetAccessCookies(target, options)
      else if (kind === 'refresh') manager.unsetRefreshCookies(target, options)
      else manager.unsetJwtCookies(target, options)
    },
  }
}
