import { createHmac } from 'node:crypto'
import { secretKey } from './support.ts'

/** Signs claims as they are, also such as `createAccessToken` would not make. */
export function sign(claims: object, header: object = { alg: 'HS256', typ: 'JWT' }): string {
  const input = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${createHmac('sha256', secretKey).update(input).digest('base64url')}`
}
