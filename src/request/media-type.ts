import { trimBlanks } from './read-cookie.ts'
import type { JwtRequest } from './request.ts'

/** Whether the body of a request says that it is JSON: `application/json`, or a type that ends in `+json`. */
export function isJson(request: JwtRequest): boolean {
  const type = mediaType(request)
  return type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'))
}

/** Whether the body of a request says that it is a form. */
export function isForm(request: JwtRequest): boolean {
  const type = mediaType(request)
  return type === 'application/x-www-form-urlencoded' || type === 'multipart/form-data'
}

/** Names of types are shorter: a type and a subtype have 127 characters at most (RFC 6838 section 4.2). */
const maxTypeLength = 512

function mediaType(request: JwtRequest): string {
  const header = request.header('content-type') ?? ''
  const end = header.indexOf(';')
  const type = end < 0 ? header : header.slice(0, end)
  return type.length > maxTypeLength ? '' : trimBlanks(type).toLowerCase()
}
