export type {
  AnonymousContext,
  Claims,
  JwtContext,
  JwtHeader,
  Register,
  RegisteredClaims,
  RegisteredContext,
  RegisteredRequestContext,
  TokenLocation,
  UnverifiedJwt,
  VerifiedJwt,
} from './context.ts'
export { type JwtAnswer, JwtError, type JwtErrorCode, type JwtErrorOptions } from './errors.ts'
export type { JwtEvents, ReuseEvent, SessionEvent } from './events.ts'
export type { Awaitable } from './internal/awaitable.ts'
export type { Duration } from './internal/duration.ts'
export type { StandardIssue, StandardSchema } from './internal/standard-schema.ts'
export type { Algorithm } from './keys/algorithms.ts'
export { type ImportKeyOptions, importKey, type KeyMaterial } from './keys/import-key.ts'
export { Key } from './keys/key.ts'
export { type ContextFor, type Identity, JwtManager } from './manager.ts'
export type {
  CookieOptions,
  CsrfOptions,
  CustomAnswer,
  JwtOptions,
  Loaders,
  SessionOptions,
  TokenCookieOptions,
  TokenCsrfOptions,
} from './options.ts'
export type { JwtRequest } from './request/request.ts'
export type { Requirements } from './request/requirements.ts'
export type { Device } from './sessions/device.ts'
export type { SessionInfo } from './sessions/session-info.ts'
export type { CreateSessionOptions, RotateOptions, Sessions } from './sessions/sessions.ts'
export type { TokenPair, TokenResponse } from './sessions/token-pair.ts'
export type { SetCookiesOptions, UnsetCookiesOptions } from './tokens/cookies.ts'
export type { CreateAccessTokenOptions, CreateTokenOptions } from './tokens/create.ts'
export type { VerifyOptions } from './tokens/verify.ts'
