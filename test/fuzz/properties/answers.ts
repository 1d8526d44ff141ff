import assert from 'node:assert/strict'
import fc from 'fast-check'
import { JwtError, type JwtErrorCode, refusedJwt } from '../../../src/errors.ts'
import { finishRefusal } from '../../../src/request/answer.ts'
import { requestOf } from '../../request/support.ts'
import { configure } from '../../support/configure.ts'
import { forgeToken, plainClaims } from '../../support/forge.ts'
import { managerWith, unlessMistaken } from './outcomes.ts'
import type { Properties } from './property.ts'
import { anyRequest, bearer, validToken } from './requests.ts'

const codes = {
  token_missing: 401,
  csrf_missing: 401,
  csrf_mismatch: 401,
  csrf_cross_site: 403,
  header_malformed: 400,
  duplicate_value: 400,
  token_invalid: 401,
  token_wrong_type: 401,
  claims_invalid: 401,
  token_expired: 401,
  token_revoked: 401,
  fresh_token_required: 401,
  user_not_found: 401,
  claims_rejected: 403,
  store_unavailable: 503,
} as const satisfies Record<JwtErrorCode, number>

const code = fc.constantFrom(...(Object.keys(codes) as JwtErrorCode[]))
const message = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('"', '\\', 'a\r\nset-cookie: x=1', '", realm="x', '\0', '\ud800'),
)

const token = "[\\w!#$%&'*+.^`|~-]+"
/** One challenge with parameters as quoted strings (RFC 9110 sections 11.6.1 and 5.6.4). */
const challenge = new RegExp(
  `^${token}( ${token}="([\\t !\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t -~])*"(, ${token}="([\\t !\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t -~])*")*)?$`,
)

/** What RFC 6750 section 3 lets stand in an error_description. */
const description = /error_description="([\x20-\x21\x23-\x5b\x5d-\x7e]*)"/

function checkAnswer(error: JwtError): void {
  assert.ok((error.status >= 400 && error.status < 500) || error.status === 503, String(error.status))
  for (const [name, value] of Object.entries(error.headers)) {
    assert.match(name, new RegExp(`^${token}$`))
    assert.match(value, /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/)
  }
  const value = error.headers['www-authenticate']
  if (value === undefined) return
  assert.match(value, challenge)
  if (value.includes('error=')) assert.match(value, description)
}

export const answerProperties: Properties = {
  'every refusal has its status and headers that can be sent, whatever the message': fc.asyncProperty(
    code,
    message,
    async (which, text) => {
      const error = new JwtError(which, text)
      checkAnswer(error)
      assert.equal(error.status, codes[which])
      assert.equal(error.expose, which !== 'store_unavailable')
      const response = error.getResponse()
      assert.equal(response.status, codes[which])
      assert.deepEqual(await response.json(), { msg: text, code: which })
    },
  ),

  'a finished refusal keeps its code, message, cause and token, in the configured words': fc.asyncProperty(
    code,
    message,
    fc.string({ unit: 'grapheme' }).filter(key => key !== 'code' && key !== '__proto__'),
    fc.string(),
    async (which, text, errorMessageKey, type) => {
      const cause = new Error('the cause')
      const jwt = { verified: true, header: { alg: 'HS256' }, claims: { ...plainClaims } } as const
      const error = new JwtError(which, text, { cause, jwt })
      const finished = await finishRefusal(error, configure({ errorMessageKey, header: { type } }))
      checkAnswer(finished)
      assert.deepEqual(
        [finished.code, finished.message, finished.cause, finished.stack],
        [which, text, cause, error.stack],
      )
      assert.deepEqual(finished.body, { [errorMessageKey]: text, code: which })
      assert.equal(refusedJwt(finished), jwt)
    },
  ),

  'whatever the request is, its refusal can be sent': fc.asyncProperty(
    anyRequest,
    fc.constantFrom('headers', 'cookies', 'query', 'json'),
    async (request, place) => {
      const manager = managerWith({ tokenLocation: place })
      const outcome: unknown = await manager.authenticate(request).catch((error: unknown) => error)
      if (outcome instanceof Error) {
        assert.ok(outcome instanceof JwtError)
        checkAnswer(outcome)
        assert.ok(outcome.status < 500)
      }
    },
  ),

  'an identity that is not found does not break the answer': fc.asyncProperty(
    fc.string({ unit: 'binary' }),
    async sub => {
      const payload = { ...plainClaims, sub }
      const manager = managerWith({ userLookup: () => null })
      const request = requestOf(bearer(forgeToken({ payload })))
      const error: unknown = await manager.authenticate(request).catch((refusal: unknown) => refusal)
      assert.ok(error instanceof JwtError && error.code === 'user_not_found')
      checkAnswer(error)
    },
  ),

  'what a schema complains of is named in bounded words': fc.asyncProperty(
    fc.array(
      fc.record(
        {
          message: fc.string(),
          path: fc.oneof(
            fc.anything(),
            fc.array(fc.oneof(fc.string({ maxLength: 300 }), fc.integer(), fc.record({ key: fc.string() }))),
          ),
        },
        { requiredKeys: [] },
      ),
      { maxLength: 20 },
    ),
    async issues => {
      const validate = () => ({ issues }) as never
      const manager = managerWith({ claimsSchema: { '~standard': { version: 1, vendor: 'test', validate } } })
      const error: unknown = await manager.verifyToken(validToken).catch((refusal: unknown) => refusal)
      assert.ok(error instanceof JwtError && error.code === 'claims_invalid', String(error))
      assert.ok(error.message.length < 500)
      checkAnswer(error)
    },
  ),

  'an answer of the application goes out as it is, or is a TypeError': fc.asyncProperty(
    fc.oneof(
      fc.anything(),
      fc.record(
        {
          status: fc.oneof(fc.integer({ min: 100, max: 700 }), fc.anything()),
          json: fc.jsonValue(),
          headers: fc.dictionary(
            fc.constantFrom('X-Reason', 'www-authenticate', 'WWW-Authenticate'),
            fc.constant('own'),
          ),
        },
        { requiredKeys: ['status'] },
      ),
    ),
    async answer => {
      const config = configure({ onInvalid: () => answer as never })
      const finished = await unlessMistaken(() => finishRefusal(new JwtError('token_invalid', 'no'), config))
      if (finished === undefined) return
      const {
        status,
        json,
        headers = {},
      } = answer as { status: number; json: unknown; headers?: Record<string, string> }
      assert.ok(Number.isInteger(status) && status >= 200 && status <= 599 && json !== undefined)
      assert.deepEqual([finished.status, finished.body], [status, json])
      for (const name of Object.keys(headers)) assert.equal(finished.headers[name.toLowerCase()], 'own')
    },
  ),
}
