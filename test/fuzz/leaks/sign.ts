import { type CreateAccessTokenOptions, type Identity, JwtManager } from 'jwt-extended'
import { attacksOf } from '../../attacks/corpus.ts'
import { findAttackKey } from '../attack-keys.ts'
import type { LeakCase } from '../leaks.ts'
import { needlesOfKey } from '../needles.ts'

/** What JSON cannot hold, by how the corpus writes it. */
const values: ReadonlyMap<unknown, unknown> = new Map<unknown, unknown>([
  ['__NaN__', Number.NaN],
  ['__Infinity__', Number.POSITIVE_INFINITY],
  ['__undefined__', undefined],
  ['__BigInt__', 1n],
  ['__function__', () => 1],
  ['__symbol__', Symbol('symbol')],
])

/** Every call of the corpus that is to make a token. */
export function signLeaks(): LeakCase[] {
  return attacksOf('sign').flatMap(({ id, call }) =>
    ['hs256-main', 'rsa-main'].map(name => ({
      name: `${id} with ${name}`,
      run: async examiner => {
        const key = findAttackKey(name)
        const { secretUtf8, privateJwk } = key
        const jwt = new JwtManager(
          privateJwk === undefined ? { secretKey: secretUtf8 } : { algorithm: 'RS256', privateKey: privateJwk },
        )
        const options = insertValues({
          claims: call?.additionalClaims,
          headers: call?.additionalHeaders,
          expiresIn: call?.expiresDelta,
        }) as CreateAccessTokenOptions
        const identity = insertValues(call?.identity) as Identity
        await examiner.examineOutcome(
          'createAccessToken',
          () => jwt.createAccessToken(identity, options),
          needlesOfKey(key),
        )
        await examiner.examineOutcome(
          'createRefreshToken',
          () => jwt.createRefreshToken(identity, options),
          needlesOfKey(key),
        )
      },
    })),
  )
}

function insertValues(value: unknown): unknown {
  if (values.has(value)) return values.get(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, insertValues(member)]),
  )
}
