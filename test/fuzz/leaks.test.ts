import { inspect } from 'node:util'
import { JwtError, JwtManager } from 'jwt-extended'
import { describe, expect, test } from 'vitest'
import { strongSecret } from '../support/configure.ts'
import { findAttackKey } from './attack-keys.ts'
import { Examiner } from './examiner.ts'
import { searchLeaks } from './leaks.ts'
import {
  exceptIn,
  findNeedle,
  needleOf,
  needlesOfBytes,
  needlesOfClaims,
  needlesOfKey,
  needlesOfToken,
} from './needles.ts'

const token = await new JwtManager({ secretKey: strongSecret }).createAccessToken('somebody-with-a-long-name')
const [, payload = '', signature = ''] = token.split('.')
const rsa = findAttackKey('rsa-main')
const pem = rsa.pem?.['pkcs8'] ?? ''
const bytes = Buffer.from(strongSecret)
const needles = [
  ...needlesOfToken(token),
  ...needlesOfClaims(token),
  ...needlesOfBytes('the secret', bytes),
  ...needlesOfKey(rsa),
]

describe('a secret is found', () => {
  test.each([
    ['a token', `no good: ${token}`],
    ['a payload', payload],
    ['a claim', 'somebody-with-a-long-name'],
    ['some of a signature', `starts with ${signature.slice(0, 24)}...`],
    ['a secret', strongSecret],
    ['some of a secret', strongSecret.slice(20, 44)],
    ['its hex', bytes.toString('hex')],
    ['its bytes', inspect(bytes)],
    ['its bytes as JSON', JSON.stringify(bytes)],
    ['its base64', bytes.toString('base64')],
    ['a PEM text', pem],
    ['a PEM text in one line', JSON.stringify(pem)],
    ['a JWK', JSON.stringify(rsa.privateJwk)],
    ['a prime in hex', Buffer.from(String(rsa.privateJwk?.p), 'base64url').toString('hex')],
  ])('where a text shows %s', (_, text) => {
    expect(findNeedle(text, needles)).toBeTypeOf('string')
  })

  test('nowhere else', () => {
    expect(findNeedle('The token is not a string; secretKey is 20 bytes', needles)).toBeUndefined()
    expect(findNeedle(token.split('.', 1).join(), needles)).toBeUndefined()
    expect(findNeedle(strongSecret, exceptIn(strongSecret, needles))).toBeUndefined()
  })

  const hidden = {
    'the message': new Error(token),
    'a stack': Object.assign(new Error('x'), { stack: token }),
    'a cause of a cause': new Error('x', { cause: new Error('y', { cause: { token } }) }),
    'a member': Object.assign(new Error('x'), { deep: { list: [{ token }] } }),
    'a member that is not enumerable': Object.defineProperty(new Error('x'), 'token', { value: token }),
    'an inherited getter': new (class Inherited {
      get token(): string {
        return token
      }
    })(),
    'what becomes of it as JSON': { toJSON: () => token },
    'what becomes of it as text': { toString: () => token },
    'a key of a map': { map: new Map([[token, 1]]) },
    'a symbol': { [Symbol(token)]: 1 },
    'the body of an answer': new JwtError('token_invalid', 'x', { body: { token } }),
    'a header of an answer': new JwtError('token_invalid', 'x', { headers: { 'x-token': token } }),
    'the challenge': new JwtError('token_invalid', `x ${token}`),
    'a text itself': token,
  }

  test.each(Object.entries(hidden))('where an object has it in %s', async (_, value) => {
    await expect(new Examiner().examine('it', value, needles)).rejects.toThrow(/^it, by .*, shows the payload/)
  })

  test('but not where the way is meant to show it', async () => {
    await new Examiner().examine('it', { toJSON: () => token }, needles, ['JSON.stringify', 'member toJSON'])
    await new Examiner().examine('it', new JwtError('token_invalid', 'The token is not a string'), needles)
  })
})

describe('the search for leaks', () => {
  const forEver = { seed: 5, endsAt: Number.POSITIVE_INFINITY }
  const leaky = {
    name: 'a verifier that quotes',
    run: async (examiner: Examiner) => {
      await examiner.examineOutcome(
        'verify',
        () => Promise.reject(new Error(`bad token ${token}`)),
        needlesOfToken(token),
      )
    },
  }
  const tight = {
    name: 'a verifier that does not',
    run: async (examiner: Examiner) => {
      await examiner.examineOutcome('verify', () => Promise.reject(new Error('bad token')), [needleOf('it', token)])
    },
  }

  test('says which case leaks what, and with which seed', async () => {
    await expect(searchLeaks([tight, leaky], forEver)).rejects.toThrow(
      /^a verifier that quotes \(seed 5\): the error of verify, by inspect, shows the payload of the token/,
    )
  })

  test('says what it has looked at', async () => {
    expect(await searchLeaks([tight], forEver)).toMatch(/^all 1 cases, 1 errors and 0 objects shown in \d+ ways/)
  })
})
