import type { ServerResponse } from 'node:http'
import onHeaders from 'on-headers'
import { readSetCookies } from './node.ts'

/**
 * Calls back when the headers of a response go out, with the `Set-Cookie` values that it has: only then it is known what
 * the handler has set.
 */
export function beforeHeaders(response: ServerResponse, callback: (setCookies: readonly string[]) => void): void {
  onHeaders(response, () => callback(readSetCookies(response)))
}
