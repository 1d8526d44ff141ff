import { createHmac } from 'node:crypto'
import { now, strongSecret } from './configure.ts'

/** Text and bytes are taken as they are, an object as JSON. */
export type Part = string | Uint8Array | Readonly<Record<string, unknown>>

export interface Forgery {
  readonly header?: Part
  readonly payload?: Part
  readonly secret?: string
}

export const plainHeader = { alg: 'HS256', typ: 'JWT' } as const

/** The claims of a token in which nothing is wrong. */
export const plainClaims = { sub: 'alice', type: 'access', fresh: false, jti: 'id-1', iat: now, exp: now + 60 } as const

/** Signs any bytes as header and payload, right or wrong, with HMAC SHA-256. */
export function forgeToken({
  header = plainHeader,
  payload = plainClaims,
  secret = strongSecret,
}: Forgery = {}): string {
  return signSegments(toSegment(header), toSegment(payload), secret)
}

/** Signs two segments as they are, base64url or not. */
export function signSegments(header: string, payload: string, secret: string = strongSecret): string {
  const signature = createHmac('sha256', secret).update(`${header}.${payload}`, 'utf8').digest('base64url')
  return `${header}.${payload}.${signature}`
}

export function toSegment(part: Part): string {
  return toBytes(part).toString('base64url')
}

function toBytes(part: Part): Buffer {
  if (typeof part === 'string') return Buffer.from(part, 'utf8')
  return part instanceof Uint8Array ? Buffer.from(part) : Buffer.from(JSON.stringify(part), 'utf8')
}
