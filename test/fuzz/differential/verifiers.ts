import { createSecretKey, type KeyObject } from 'node:crypto'
import { createVerifier } from 'fast-jwt'
import { jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import type { Algorithm, JwtManager } from '../../../src/index.ts'
import { importKey } from '../../../src/keys/import-key.ts'
import { now, otherSecret, strongSecret } from '../../support/configure.ts'
import { generateKeyPair, type KeyPair, toPem } from '../../support/key-pairs.ts'
import { codeOf, managerWith } from '../properties/outcomes.ts'

export type Claims = Readonly<Record<string, unknown>>

/** The claims of a token, or undefined where it is refused. */
export type Verify = (token: string) => Promise<Claims | undefined>

export const libraries = ['jose', 'jsonwebtoken', 'fast-jwt'] as const
export type Library = (typeof libraries)[number]

/** What all verifiers are told alike. */
export interface Expectations {
  readonly audience?: readonly string[]
  readonly issuer?: readonly string[]
  readonly leeway: number
}

/** One configuration, in every library. */
export interface Setup {
  readonly name: string
  readonly algorithms: readonly Algorithm[]
  readonly expectations: Expectations
  /** Signs with the known key, or with another one. */
  sign(input: string, algorithm: Algorithm, isOther: boolean): Promise<Buffer>
  readonly verifyOurs: Verify
  /** jsonwebtoken has no EdDSA. */
  readonly verifiers: Readonly<Partial<Record<Library, Verify>>>
}

const expectations: Readonly<Record<string, Expectations>> = {
  'nothing expected': { leeway: 0 },
  'aud and iss expected': { audience: ['api', 'admin'], issuer: ['https://issuer.example'], leeway: 0 },
  'five seconds of leeway': { leeway: 5 },
}

type Family = readonly [Algorithm, ...Algorithm[]]
const families: readonly Family[] = [['HS256', 'HS384', 'HS512'], ['RS256', 'PS256'], ['ES256'], ['ES512'], ['EdDSA']]

export const setups: readonly Setup[] = families.flatMap(algorithms => {
  const [keys, others] = [makeKeys(algorithms[0], strongSecret), makeKeys(algorithms[0], otherSecret)]
  return Object.entries(expectations).map(([name, expected]) => createSetup(name, algorithms, [keys, others], expected))
})

function makeKeys(algorithm: Algorithm, secret: string): KeyPair {
  if (algorithm === 'HS256' || algorithm === 'HS384' || algorithm === 'HS512') {
    const key = createSecretKey(Buffer.from(secret))
    return { privateKey: key, publicKey: key }
  }
  return generateKeyPair(algorithm)
}

function createSetup(
  name: string,
  algorithms: Family,
  [keys, others]: readonly [KeyPair, KeyPair],
  expected: Expectations,
): Setup {
  const signers = [keys, others].map(
    ({ privateKey }) => new Map(algorithms.map(algorithm => [algorithm, importKey(privateKey, { algorithm })])),
  )
  return {
    name: `${algorithms.join(', ')}; ${name}`,
    algorithms,
    expectations: expected,
    // What is no ASCII cannot be signed here: a token with any other signature will do.
    sign: async (input, algorithm, isOther) => {
      const key = signers[isOther ? 1 : 0]?.get(algorithm)
      const isAscii = Buffer.byteLength(input) === input.length
      return Buffer.from(key !== undefined && isAscii ? await key.sign(input) : '', 'base64url')
    },
    verifyOurs: verifyByOurs(managerOf(algorithms, keys, expected)),
    verifiers: {
      jose: verifyByJose(algorithms, keys.publicKey, expected),
      ...(algorithms[0] !== 'EdDSA' && { jsonwebtoken: verifyByJsonwebtoken(algorithms, keys.publicKey, expected) }),
      'fast-jwt': verifyByFastJwt(algorithms, keys.publicKey, expected),
    },
  }
}

function managerOf(
  decodeAlgorithms: Family,
  { privateKey, publicKey }: KeyPair,
  { audience: decodeAudience, issuer: decodeIssuer, leeway }: Expectations,
): JwtManager<unknown> {
  const keys = publicKey.type === 'secret' ? { secretKey: publicKey } : { privateKey, publicKey }
  const [algorithm] = decodeAlgorithms
  return managerWith({ algorithm, decodeAlgorithms, ...keys, decodeAudience, decodeIssuer, leeway })
}

/** Anything but a refusal is a fault. What is filled in where a token says nothing does not stand in the token. */
function verifyByOurs(manager: JwtManager<unknown>): Verify {
  return async token => {
    const work = manager.verifyToken(token)
    if ((await codeOf(work)) !== 'accepted') return undefined
    return (await work).claims
  }
}

function verifyByJose(algorithms: Family, key: KeyObject, { audience, issuer, leeway }: Expectations): Verify {
  const options = {
    algorithms: [...algorithms],
    requiredClaims: ['sub'],
    currentDate: new Date(now * 1000),
    clockTolerance: leeway,
    ...(audience && { audience: [...audience] }),
    ...(issuer && { issuer: [...issuer] }),
  }
  return orUndefined(async token => (await jwtVerify(token, key, options)).payload)
}

function verifyByJsonwebtoken(algorithms: Family, key: KeyObject, { audience, issuer, leeway }: Expectations): Verify {
  const options = {
    algorithms: [...algorithms] as jsonwebtoken.Algorithm[],
    clockTimestamp: now,
    clockTolerance: leeway,
    ...(audience && { audience: [...audience] as [string, ...string[]] }),
    ...(issuer && { issuer: [...issuer] as [string, ...string[]] }),
  }
  return orUndefined(async token => jsonwebtoken.verify(token, key, options) as Claims)
}

function verifyByFastJwt(algorithms: Family, key: KeyObject, { audience, issuer, leeway }: Expectations): Verify {
  const verify = createVerifier({
    key: key.type === 'secret' ? key.export() : toPem(key),
    algorithms: [...algorithms] as 'HS256'[],
    clockTimestamp: now * 1000,
    clockTolerance: leeway * 1000,
    cache: false,
    requiredClaims: ['sub', ...(audience ? ['aud'] : []), ...(issuer ? ['iss'] : [])],
    ...(audience && { allowedAud: [...audience] }),
    ...(issuer && { allowedIss: [...issuer] }),
  })
  return orUndefined(async token => verify(token) as Claims)
}

/** Whatever another library throws is its refusal. */
function orUndefined(verify: (token: string) => Promise<Claims>): Verify {
  return async token => {
    try {
      return await verify(token)
    } catch {
      return undefined
    }
  }
}
