import fc from 'fast-check'
import type { JwtManager, JwtRequest, Requirements } from '../../../src/index.ts'
import { type RequestParts, requestOf } from '../../request/support.ts'
import { forgeToken, plainClaims } from '../../support/forge.ts'
import { codeOf } from './outcomes.ts'

export const validToken = forgeToken()
export const otherToken = forgeToken({ payload: { ...plainClaims, jti: 'id-2' } })

export const csrfValue = 'b5b1a7a0-8d3d-4c1c-9a55-0c8a6f1e2d3c'
export const csrfToken = forgeToken({ payload: { ...plainClaims, csrf: csrfValue } })

/** Text that a header may hold, as Node hands it on: latin1 without line breaks. */
export const fieldValue = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map(code => String.fromCharCode(code)),
})

export function bearer(token: string): RequestParts {
  return { headers: { authorization: `Bearer ${token}` } }
}

/** Where a token was found, null for an anonymous request, or the code that it was refused with. */
export async function foundAt(
  manager: JwtManager<unknown>,
  parts: RequestParts,
  requirements: Requirements = {},
): Promise<unknown> {
  const work = manager.authenticate(requestOf(parts), requirements)
  const code = await codeOf(work)
  return code === 'accepted' ? ((await work).location ?? null) : code
}

/** A request with anything in it. */
export const anyRequest: fc.Arbitrary<JwtRequest> = fc
  .record({
    method: fc.oneof(fc.constantFrom('GET', 'POST', 'DELETE', 'QUERY'), fc.string()),
    authorization: fc.option(
      fc.oneof(
        fieldValue,
        fieldValue.map(text => `Bearer ${text}`),
        fc.constant(`Bearer ${validToken}`),
      ),
      { nil: undefined },
    ),
    cookie: fc.option(
      fc.oneof(
        fieldValue,
        fieldValue.map(text => `access_token_cookie=${text}`),
        fc.constant(`access_token_cookie=${csrfToken}`),
      ),
      { nil: undefined },
    ),
    'x-csrf-token': fc.option(fc.oneof(fieldValue, fc.constant(csrfValue)), { nil: undefined }),
    'content-type': fc.option(
      fc.oneof(fieldValue, fc.constantFrom('application/json', 'application/x-www-form-urlencoded')),
      { nil: undefined },
    ),
    origin: fc.option(fc.oneof(fieldValue, fc.webUrl()), { nil: undefined }),
    host: fc.option(fieldValue, { nil: undefined }),
    'sec-fetch-site': fc.option(fc.oneof(fieldValue, fc.constantFrom('same-origin', 'cross-site')), { nil: undefined }),
    query: fc.array(fc.oneof(fc.string(), fc.constant(validToken))),
    body: fc.oneof(
      fc.anything(),
      fc.dictionary(fc.constantFrom('access_token', 'refresh_token', 'csrf_token'), fc.anything()),
    ),
  })
  .map(({ method, query, body, ...headers }) => ({
    method,
    header: name => headers[name.toLowerCase() as keyof typeof headers],
    query: () => query,
    body: () => body,
  }))
