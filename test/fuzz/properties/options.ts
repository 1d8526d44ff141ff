import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { type JwtOptions, type ResolvedOptions, resolveOptions } from '../../../src/options.ts'
import { strongSecret } from '../../support/configure.ts'
import { clock, managerWith, unlessMistaken } from './outcomes.ts'
import type { Properties } from './property.ts'

const groups = {
  header: ['name', 'type'],
  query: ['name', 'prefix'],
  json: ['accessKey', 'refreshKey'],
  cookies: ['secure', 'domain', 'sameSite', 'session', 'maxAge', 'prefix', 'access', 'refresh'],
  csrf: ['methods', 'checkForm', 'inCookies', 'fetchMetadata', 'trustedOrigins', 'access', 'refresh'],
  implicitRefresh: ['within'],
  sessions: ['lifetime', 'idleLifetime', 'grace', 'minRotation', 'keepDevices'],
} as const

/** What each option must be at least, by `typeof`. */
const types: Readonly<Record<string, readonly string[]>> = {
  algorithm: ['string'],
  decodeAlgorithms: ['object'],
  accessTokenExpires: ['number', 'string', 'false'],
  refreshTokenExpires: ['number', 'string', 'false'],
  encodeIssuer: ['string'],
  decodeIssuer: ['string', 'object'],
  encodeAudience: ['string', 'object'],
  decodeAudience: ['string', 'object'],
  leeway: ['number', 'string'],
  encodeNbf: ['boolean'],
  claimsSchema: ['object', 'function'],
  verifySub: ['boolean'],
  identityClaim: ['string'],
  acceptedAccessTypes: ['object'],
  maxTokenSize: ['number'],
  tokenLocation: ['string', 'object'],
  header: ['object'],
  query: ['object'],
  json: ['object'],
  cookies: ['object'],
  csrf: ['object', 'false'],
  implicitRefresh: ['object'],
  store: ['object'],
  sessions: ['object'],
  onStoreError: ['string'],
  storeTimeoutMs: ['number'],
  errorMessageKey: ['string'],
  errors: ['string'],
  clock: ['function'],
  warn: ['function'],
  dangerouslyAllowWeakSecret: ['boolean'],
  compatibility: ['string'],
  additionalClaims: ['function'],
  userIdentity: ['function'],
  userLookup: ['function'],
  tokenInBlocklist: ['function'],
  verifyClaims: ['function'],
  encodeKey: ['function'],
  decodeKey: ['function'],
  onExpired: ['function'],
  onInvalid: ['function'],
  onUnauthorized: ['function'],
}
const names = Object.keys(types)

const tame: JwtOptions = { secretKey: strongSecret, clock, warn: () => {} }

const value = fc.oneof(
  fc.anything(),
  fc.constantFrom<unknown>(
    true,
    false,
    0,
    -1,
    1,
    1.5,
    '',
    '1',
    '15m',
    'HS256',
    'headers',
    [],
    [''],
    ['x'],
    {},
    () => {},
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ),
)

/** Options of which each may be nearly anything, right ones among them. */
const options = fc.dictionary(
  fc.constantFrom(...names),
  fc.oneof(value, ...Object.values(groups).map(members => fc.dictionary(fc.constantFrom(...members), value))),
)

function resolve(given: object): Promise<ResolvedOptions | undefined> {
  return unlessMistaken(() => resolveOptions({ ...tame, ...given }))
}

export const optionProperties: Properties = {
  'an unknown option is refused by its name': fc.asyncProperty(
    fc.string({ minLength: 1 }),
    value,
    async (name, given) => {
      fc.pre(!names.includes(name) && !['secretKey', '__proto__'].includes(name))
      assert.throws(
        () => resolveOptions({ ...tame, [name]: given }),
        (error: unknown) => error instanceof TypeError && error.message.includes(name),
      )
    },
  ),

  'an unknown member of a group is refused by its name': fc.asyncProperty(
    fc.constantFrom(...(Object.keys(groups) as (keyof typeof groups)[])),
    fc.string({ minLength: 1 }),
    async (group, name) => {
      fc.pre(!(groups[group] as readonly string[]).includes(name) && name !== '__proto__')
      const given = { ...tame, tokenLocation: 'cookies', [group]: { [name]: true } } as JwtOptions
      const isSessions = group === 'sessions'
      assert.throws(
        () => resolveOptions(given),
        (error: unknown) => error instanceof TypeError && (isSessions || error.message.includes(name)),
      )
    },
  ),

  'an option of a wrong type is a TypeError that names it': fc.asyncProperty(
    fc.constantFrom(...names),
    value,
    async (name, given) => {
      const allowed = types[name] ?? []
      fc.pre(
        given !== undefined &&
          given !== null &&
          !allowed.includes(typeof given) &&
          !(given === false && allowed.includes('false')),
      )
      assert.throws(
        () => resolveOptions({ ...tame, [name]: given }),
        (error: unknown) => error instanceof TypeError && error.message.includes(name),
      )
    },
  ),

  'whatever the options are, they are resolved or a TypeError': fc.asyncProperty(
    fc.oneof(options, fc.anything()),
    async given => {
      await resolve(given as object)
      await unlessMistaken(() => resolveOptions(given as JwtOptions))
    },
  ),

  'options are not changed, and mean the same a second time': fc.asyncProperty(options, async given => {
    const frozen = freeze(structuredCloneOrSelf(given))
    const [first, second] = [await resolve(frozen), await resolve(frozen)]
    assert.ok(isDeepStrictEqual(dataOf(first), dataOf(second)))
  }),

  'an option that is undefined is one that is not given': fc.asyncProperty(fc.subarray(names), async given => {
    const unset = Object.fromEntries(given.filter(name => !(name in tame)).map(name => [name, undefined]))
    assert.ok(isDeepStrictEqual(dataOf(await resolve(unset)), dataOf(await resolve({}))))
  }),

  'a manager that is made makes tokens, or says by a TypeError why not': fc.asyncProperty(options, async given => {
    const manager = await unlessMistaken(() => managerWith(given as JwtOptions))
    // What the functions of an application return is not known here.
    fc.pre(Object.values(given).every(one => typeof one !== 'function'))
    if (manager !== undefined) await unlessMistaken(() => manager.createAccessToken('alice'))
  }),

  'the options of a new token are what they may be, or a TypeError': fc.asyncProperty(
    fc.oneof(
      fc.anything(),
      fc.dictionary(fc.constantFrom('fresh', 'expiresIn', 'claims', 'headers', 'frech'), fc.oneof(value, fc.date())),
    ),
    async given => {
      const manager = managerWith()
      const token = await unlessMistaken(() => manager.createAccessToken('alice', given as object))
      if (token === undefined) return
      assert.ok(!Object.hasOwn(Object(given) as object, 'frech'))
      const { fresh } = (await manager.verifyToken(token, { allowExpired: true })).claims
      assert.ok(typeof fresh === 'boolean' || Number.isFinite(fresh))
    },
  ),
}

/** What can be compared: all but functions and what holds keys. */
function dataOf(resolved: ResolvedOptions | undefined): unknown {
  if (resolved === undefined) return undefined
  const { keyRing, events, store, claimsSchema, loaders, csrf, warn, now, ...data } = resolved
  return { ...data, csrf: csrf && { ...csrf, isProtected: undefined }, loaders: Object.keys(loaders) }
}

function freeze<Value>(given: Value): Value {
  if (typeof given !== 'object' || given === null || ArrayBuffer.isView(given)) return given
  for (const member of Object.values(given)) freeze(member)
  return Object.freeze(given)
}

function structuredCloneOrSelf<Value>(given: Value): Value {
  try {
    return structuredClone(given)
  } catch {
    return given
  }
}
