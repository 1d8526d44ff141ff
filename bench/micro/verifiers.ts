import { createVerifier } from 'fast-jwt'
import { verify as honoVerify } from 'hono/jwt'
import { jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { JwtManager } from 'jwt-extended'
import { cacheSize, withCache } from '../cache-option.ts'
import { audience, type BenchAlgorithm, issuer, keysOf, rawVerifier, secret } from '../tokens.ts'
import { toCryptoKey } from './crypto-key.ts'

/** What verifies a token: signature, `exp`, `nbf`, `iss` and `aud`. Returns the claims, or throws. */
export interface Verifier {
  readonly name: string
  verify(token: string): unknown
}

export const ours = 'jwt-extended'
export const oursCached = 'jwt-extended, cache'
export const limit = 'node:crypto'
export const fastJwt = 'fast-jwt'
export const fastJwtCached = 'fast-jwt, cache, fastest'

export function isCached(name: string): boolean {
  return name.includes('cache')
}

/** All that can verify tokens of an algorithm, with keys that were imported before. */
export async function openVerifiers(algorithm: BenchAlgorithm): Promise<Verifier[]> {
  return [
    { name: limit, verify: rawVerifier(algorithm) },
    ...openOurs(ours, algorithm, false),
    ...openOurs(oursCached, algorithm, cacheSize),
    openFastJwt(fastJwt, algorithm, {}),
    openFastJwt('fast-jwt, cache', algorithm, { cache: cacheSize }),
    // The key of an entry is the token itself: less safe than its hash, by their own words, and the fastest there is.
    openFastJwt(fastJwtCached, algorithm, { cache: cacheSize, cacheKeyBuilder: token => token }),
    ...openJsonwebtoken(algorithm),
    ...(await openWebCrypto(algorithm)),
  ]
}

/** Called at once, and by the verb that returns a promise. */
function openOurs(name: string, algorithm: BenchAlgorithm, max: number | false): Verifier[] {
  const jwt = new JwtManager({
    algorithm,
    ...(algorithm === 'HS256' ? { secretKey: secret } : { publicKey: keysOf[algorithm].verifying }),
    decodeIssuer: issuer,
    decodeAudience: audience,
    ...withCache(max),
  })
  return [
    { name, verify: token => jwt.verifyTokenSync(token) },
    { name: `${name}, awaited`, verify: token => jwt.verifyToken(token) },
  ]
}

function openFastJwt(
  name: string,
  algorithm: BenchAlgorithm,
  cache: { cache?: number; cacheKeyBuilder?: (token: string) => string },
): Verifier {
  const { verifying } = keysOf[algorithm]
  const key = algorithm === 'HS256' ? secret : verifying.export({ type: 'spki', format: 'pem' })
  const algorithms = [algorithm]
  return { name, verify: createVerifier({ key, algorithms, allowedIss: issuer, allowedAud: audience, ...cache }) }
}

function openJsonwebtoken(algorithm: BenchAlgorithm): Verifier[] {
  if (algorithm === 'EdDSA') return []
  const { verifying } = keysOf[algorithm]
  const options = { algorithms: [algorithm], issuer, audience }
  return [{ name: 'jsonwebtoken', verify: token => jsonwebtoken.verify(token, verifying, options) }]
}

async function openWebCrypto(algorithm: BenchAlgorithm): Promise<Verifier[]> {
  const key = await toCryptoKey(keysOf[algorithm].verifying, algorithm)
  const joseOptions = { algorithms: [algorithm], issuer, audience }
  const honoOptions = { alg: algorithm, iss: issuer, aud: audience }
  return [
    { name: 'jose', verify: token => jwtVerify(token, key, joseOptions) },
    { name: 'hono/jwt', verify: token => honoVerify(token, key, honoOptions) },
  ]
}
