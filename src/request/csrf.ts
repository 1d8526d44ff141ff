import { JwtError } from '../errors.ts'
import { type Awaitable, whenReady } from '../internal/awaitable.ts'
import { isPlainObject } from '../internal/plain-object.ts'
import { type ResolvedCsrf, type ResolvedOptions, safeMethods } from '../options.ts'
import { isForm } from './media-type.ts'
import { trimBlanks } from './read-cookie.ts'
import type { JwtRequest } from './request.ts'
import { severalValues } from './several-values.ts'

/**
 * A scheme, a name of 253 characters (RFC 1035 section 2.3.4) and a port are shorter. The time in which a URL is parsed
 * grows with the square of a label in Punycode.
 */
const maxOriginLength = 512

/**
 * Reads the CSRF value that must come with a token in a cookie, or `undefined` where the method needs none. What it is
 * worth is seen when it is compared with the claim inside the signed token.
 *
 * @throws JwtError `csrf_cross_site` where another site started the request, `csrf_missing` where the value is absent
 */
export function readCsrfToken(
  request: JwtRequest,
  kind: 'access' | 'refresh',
  { csrf, isFlask }: ResolvedOptions,
): Awaitable<string | undefined> {
  if (csrf === false) return undefined
  const isProtected = csrf.isProtected(request.method)
  const mayChange = isProtected || !safeMethods.has(request.method) || isWebSocket(request)
  if (csrf.fetchMetadata && mayChange) checkSameSite(request, csrf)
  if (!isProtected) return undefined
  const { headerName, fieldName } = csrf[kind]
  const sent = trimBlanks(request.header(headerName) ?? '')
  if (sent !== '') return sent
  return whenReady(csrf.checkForm ? readField(request, fieldName, isFlask) : undefined, field => {
    if (typeof field === 'string' && field !== '') return field
    throw new JwtError('csrf_missing', 'Missing CSRF token')
  })
}

/**
 * A WebSocket starts as a `GET` that a page of any site may send, with the cookies, and then it may read the answers.
 * Such a page cannot send a CSRF value, and cannot hide where it comes from.
 */
function isWebSocket(request: JwtRequest): boolean {
  return /websocket/i.test(request.header('upgrade') ?? '')
}

/**
 * The second layer: what browsers tell about where a request comes from (Fetch Metadata, Origin). A request without
 * either header is no browser's, or an old one's: then the CSRF value alone decides.
 */
function checkSameSite(request: JwtRequest, { trustedOrigins }: ResolvedCsrf): void {
  const site = request.header('sec-fetch-site')
  if (site === 'same-origin' || site === 'none') return
  const origin = request.header('origin')
  if (origin !== undefined && trustedOrigins.has(origin)) return
  if (site === undefined && (origin === undefined || isOwnOrigin(origin, request))) return
  throw new JwtError(
    'csrf_cross_site',
    'The request comes from another site: name its origin in csrf.trustedOrigins to allow it',
  )
}

function isOwnOrigin(origin: string, request: JwtRequest): boolean {
  if (origin.length > maxOriginLength || !URL.canParse(origin)) return false
  const { protocol, host } = new URL(origin)
  // Behind a proxy that ends TLS the server sees http where the page had https; never the other way round.
  const isDowngraded = request.protocol === 'https' && protocol !== 'https:'
  return !isDowngraded && host === request.header('host')?.toLowerCase()
}

function readField(request: JwtRequest, name: string, isFlask: boolean): Awaitable<unknown> {
  if (!isForm(request)) return undefined
  return whenReady(request.body?.(), body => {
    const value = isPlainObject(body) && Object.hasOwn(body, name) ? body[name] : undefined
    if (!Array.isArray(value)) return value
    // Also what some parsers make of `csrf_token[]`, which is another name.
    if (!isFlask) throw severalValues(`form field ${name}`)
    return value[0]
  })
}
