import assert from 'node:assert/strict'
import fc from 'fast-check'
import { flaskOptions } from '../../../src/flask/flask-options.ts'
import { parseEnvironment } from '../../../src/flask/parse-environment.ts'
import { JwtManager } from '../../../src/index.ts'
import { strongSecret } from '../../support/configure.ts'
import { forgeToken } from '../../support/forge.ts'
import { clock, codeOf, unlessMistaken } from './outcomes.ts'
import type { Properties } from './property.ts'
import { anyRequest, bearer, foundAt } from './requests.ts'

const names = [
  'SECRET_KEY',
  ...[
    'SECRET_KEY',
    'PRIVATE_KEY',
    'PUBLIC_KEY',
    'ALGORITHM',
    'DECODE_ALGORITHMS',
    'ACCESS_TOKEN_EXPIRES',
    'REFRESH_TOKEN_EXPIRES',
    'ENCODE_ISSUER',
    'DECODE_ISSUER',
    'ENCODE_AUDIENCE',
    'DECODE_AUDIENCE',
    'DECODE_LEEWAY',
    'ENCODE_NBF',
    'VERIFY_SUB',
    'IDENTITY_CLAIM',
    'ERROR_MESSAGE_KEY',
    'TOKEN_LOCATION',
    'HEADER_NAME',
    'HEADER_TYPE',
    'QUERY_STRING_NAME',
    'JSON_KEY',
    'COOKIE_SECURE',
    'COOKIE_DOMAIN',
    'COOKIE_SAMESITE',
    'SESSION_COOKIE',
    'ACCESS_COOKIE_NAME',
    'ACCESS_COOKIE_PATH',
    'COOKIE_CSRF_PROTECT',
    'CSRF_METHODS',
    'ACCESS_CSRF_HEADER_NAME',
  ].map(name => `JWT_${name}`),
]

const config = fc.dictionary(
  fc.constantFrom(...names),
  fc.oneof(
    fc.anything(),
    fc.constantFrom<unknown>(
      null,
      true,
      false,
      '',
      0,
      900,
      -1,
      'x',
      ['x'],
      [],
      'HS512',
      'ES256',
      ['headers', 'cookies'],
      ['query_string'],
      'Lax',
      { days: 1 },
    ),
  ),
)

const managerOf = (given: object): JwtManager<unknown> =>
  new JwtManager<unknown>({ ...flaskOptions({ SECRET_KEY: strongSecret, ...given }), clock, warn: () => {} })

export const flaskProperties: Properties = {
  'a configuration is turned into options, or a TypeError says what is wrong': fc.asyncProperty(
    fc.oneof(config, fc.anything()),
    async given => {
      await unlessMistaken(() => flaskOptions(given as Record<string, unknown>))
      await unlessMistaken(() => managerOf(given as object))
    },
  ),

  'a manager made of a configuration refuses or accepts, and throws nothing else': fc.asyncProperty(
    config,
    anyRequest,
    async (given, request) => {
      const manager = await unlessMistaken(() => managerOf(given))
      if (manager !== undefined) await unlessMistaken(() => codeOf(manager.authenticate(request)))
    },
  ),

  'an unknown name is refused': fc.asyncProperty(
    fc.stringMatching(/^[A-Z_]{1,20}$/),
    fc.anything(),
    async (rest, value) => {
      const name = `JWT_${rest}`
      fc.pre(!names.includes(name))
      assert.throws(
        () => flaskOptions({ [name]: value }),
        (error: unknown) => error instanceof TypeError && error.message.includes(name),
      )
    },
  ),

  'a secret that is too short is refused here, too': fc.asyncProperty(
    fc.string({ maxLength: 31, unit: 'grapheme-ascii' }),
    async secret => {
      assert.equal(await unlessMistaken(() => managerOf({ JWT_SECRET_KEY: secret || 'x' })), undefined)
    },
  ),

  'a token of another secret is refused under any configuration': fc.asyncProperty(config, async given => {
    const manager = await unlessMistaken(() => managerOf({ ...given, SECRET_KEY: strongSecret, JWT_SECRET_KEY: null }))
    const token = forgeToken({ secret: 'another secret' })
    if (manager !== undefined)
      assert.notEqual(await unlessMistaken(() => codeOf(manager.verifyToken(token))), 'accepted')
  }),

  'an environment is read as JSON, or else as text': fc.asyncProperty(
    fc.dictionary(
      fc.constantFrom(...names, 'PATH', 'SECRET'),
      fc.oneof(fc.string(), fc.json(), fc.constantFrom('True', 'False')),
    ),
    async environment => {
      const parsed = parseEnvironment(environment)
      assert.deepEqual(
        Object.keys(parsed).sort(),
        Object.keys(environment)
          .filter(name => /^(JWT_|SECRET_KEY$)/.test(name))
          .sort(),
      )
      for (const [name, value] of Object.entries(parsed)) {
        if (typeof value !== 'string' || name.endsWith('_KEY')) continue
        assert.ok(value === environment[name] || JSON.parse(environment[name] ?? '') === value)
      }
    },
  ),

  'an access token opens access routes alone, in this mode as well': fc.asyncProperty(
    fc.boolean(),
    fc.boolean(),
    async (isRefresh, refresh) => {
      const manager = managerOf({})
      const token = await (isRefresh ? manager.createRefreshToken('alice') : manager.createAccessToken('alice'))
      assert.equal(
        await foundAt(manager, bearer(token), { refresh }),
        isRefresh === refresh ? 'headers' : 'token_wrong_type',
      )
    },
  ),
}
