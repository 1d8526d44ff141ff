import { type JwtAnswer, JwtError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { authenticate } from '../request/authenticate.ts'
import type { JwtRequest } from '../request/request.ts'
import { VerifiedContext } from '../request/request-context.ts'
import { type Requirements, resolveRequirements } from '../request/requirements.ts'
import { readSub } from '../revocation/entries.ts'
import { endSession, revokeToken } from '../revocation/revoke.ts'
import { writeRemovedCookies } from '../tokens/cookies.ts'
import { listSessions } from './list-sessions.ts'
import { readPresentedToken } from './presented-token.ts'
import { revokeSessions } from './revoke-session.ts'
import { rotateSession } from './rotate-session.ts'
import { toInfo } from './session-info.ts'

/** The answer of a ready handler: what an adapter writes. */
export interface HandlerAnswer extends JwtAnswer {
  /** `Set-Cookie` values. */
  readonly cookies: readonly string[]
}

export type SessionHandler = (request: JwtRequest, config: ResolvedOptions) => Promise<HandlerAnswer>

export type SessionHandlerName = 'refresh' | 'logout' | 'logoutEverywhere' | 'sessions'

/** The life of a session over HTTP. Tokens that came in cookies go out in cookies. */
export const sessionHandlers: Readonly<Record<SessionHandlerName, SessionHandler>> = {
  /** Exchanges a refresh token for a new pair. For `POST`. */
  refresh: onlyPostOrDelete(refresh),
  /** Ends the session of the request's token, of either kind, and removes the cookies. For `POST` or `DELETE`. */
  logout: onlyPostOrDelete(logout),
  /** Ends all sessions of the user. For `POST` or `DELETE`. */
  logoutEverywhere: onlyPostOrDelete(logoutEverywhere),
  /** Lists the sessions of the user. For `GET`. */
  sessions: showSessions,
}

async function refresh(request: JwtRequest, config: ResolvedOptions): Promise<HandlerAnswer> {
  const presented = await readPresentedToken(request, config)
  const pair = await rotateSession(presented, {}, config)
  // RFC 6749 section 5.1.
  const headers = { 'cache-control': 'no-store' }
  if (pair.location !== 'cookies') return { status: 200, headers, body: pair.toJSON(), cookies: [] }
  const body = pair.expiresIn === null ? {} : { expires_in: pair.expiresIn }
  return { status: 200, headers, body, cookies: await pair.cookies() }
}

async function logout(request: JwtRequest, config: ResolvedOptions): Promise<HandlerAnswer> {
  const { signedClaims: claims, sessionId } = await findAnyToken(request, config)
  await (sessionId === undefined ? revokeToken(claims, config) : endSession(sessionId, config))
  return sayGoodbye('Logged out', config)
}

async function logoutEverywhere(request: JwtRequest, config: ResolvedOptions): Promise<HandlerAnswer> {
  const { signedClaims: claims } = await checkToken(request, {}, config)
  await revokeSessions(readSub(claims, config), undefined, config)
  return sayGoodbye('Logged out everywhere', config)
}

async function showSessions(request: JwtRequest, config: ResolvedOptions): Promise<HandlerAnswer> {
  const { signedClaims: claims, sessionId } = await checkToken(request, {}, config)
  const found = await listSessions(readSub(claims, config), config)
  const sessions = found.map(session => {
    const { id, createdAt, lastUsedAt, expiresAt, ip, userAgent, isCurrent } = toInfo(session, sessionId)
    return {
      id,
      created_at: createdAt,
      last_used_at: lastUsedAt,
      expires_at: expiresAt,
      ip,
      user_agent: userAgent,
      current: isCurrent,
    }
  })
  return { status: 200, headers: { 'cache-control': 'no-store' }, body: { sessions }, cookies: [] }
}

/** An access token, or a refresh token where the browser has dropped the other, as it does once that has expired. */
async function findAnyToken(request: JwtRequest, config: ResolvedOptions): Promise<VerifiedContext> {
  // Whether it has been revoked already makes no difference here.
  const either = { verifyType: false, skipRevocationCheck: true }
  try {
    return await checkToken(request, either, config)
  } catch (error) {
    if (!(error instanceof JwtError) || !['token_missing', 'token_expired'].includes(error.code)) throw error
    return checkToken(request, { ...either, refresh: true }, config)
  }
}

async function checkToken(
  request: JwtRequest,
  requirements: Requirements,
  config: ResolvedOptions,
): Promise<VerifiedContext> {
  const context = await authenticate(request, resolveRequirements(requirements, config), config)
  if (context instanceof VerifiedContext) return context
  throw new JwtError('token_missing', 'Missing token')
}

function sayGoodbye(message: string, config: ResolvedOptions): HandlerAnswer {
  const cookies = config.tokenLocation.includes('cookies')
    ? [...writeRemovedCookies('access', {}, config), ...writeRemovedCookies('refresh', {}, config)]
    : []
  return { status: 200, headers: {}, body: { [config.errorMessageKey]: message }, cookies }
}

/** No CSRF value protects a `GET` or an `OPTIONS`, so they must not change anything. */
function onlyPostOrDelete(handler: SessionHandler): SessionHandler {
  return async (request, config) => {
    if (request.method === 'POST' || request.method === 'DELETE') return handler(request, config)
    const body = { [config.errorMessageKey]: 'Method not allowed: use POST' }
    return { status: 405, headers: { allow: 'POST, DELETE' }, body, cookies: [] }
  }
}
