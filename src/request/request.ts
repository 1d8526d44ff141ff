import type { Awaitable } from '../internal/awaitable.ts'

/** All that the library needs to see of an HTTP request. */
export interface JwtRequest {
  /** In upper case, as HTTP has it. */
  readonly method: string
  /** `https` where the server itself knows; behind a proxy it often says `http`. */
  readonly protocol?: string | undefined
  /** The address of the client, by the framework's own rules for proxies: for the list of devices alone. */
  readonly ip?: string | undefined
  /** A header by its name in any case; lines of the same name joined by `, ` (RFC 9110 section 5.3), cookies by `; `. */
  header(name: string): string | undefined
  /** Every value of a query parameter, decoded, in order. */
  query?(name: string): readonly string[]
  /** The parsed body (JSON or form), or undefined where there is none. */
  body?(): Awaitable<unknown>
}
