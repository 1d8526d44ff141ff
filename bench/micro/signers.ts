import { randomUUID } from 'node:crypto'
import { createSigner } from 'fast-jwt'
import { sign as honoSign } from 'hono/jwt'
import { SignJWT } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { JwtManager } from 'jwt-extended'
import { audience, type BenchAlgorithm, issuer, keysOf, rawSign, secret } from '../tokens.ts'
import { toCryptoKey } from './crypto-key.ts'
import { fastJwt, limit, ours } from './verifiers.ts'

/** What creates an access token for a user: all of the ordinary claims, with an id and times of its own. */
export interface Signer {
  readonly name: string
  create(sub: string): string | Promise<string>
}

const lifetime = 900
const role = 'administrator'

export async function openSigners(algorithm: BenchAlgorithm): Promise<Signer[]> {
  return [
    openOurs(algorithm),
    openFastJwt(algorithm),
    ...openJsonwebtoken(algorithm),
    ...(await openWebCrypto(algorithm)),
  ]
}

/** The least that it costs: one call of `node:crypto` on what stands there already. It makes no claims. */
export function rawSigner(algorithm: BenchAlgorithm): { name: string; create(input: string): string } {
  const sign = rawSign[algorithm]
  return { name: limit, create: input => `${input}.${sign(input)}` }
}

/** What a peer has to be told; made for each token, as ours makes it. */
function newClaims(sub: string) {
  const now = Math.floor(Date.now() / 1000)
  const jti = randomUUID()
  const exp = now + lifetime
  return { sub, type: 'access', fresh: false, jti, iat: now, nbf: now, exp, iss: issuer, aud: audience, role }
}

function openOurs(algorithm: BenchAlgorithm): Signer {
  const { signing, verifying } = keysOf[algorithm]
  const jwt = new JwtManager({
    algorithm,
    ...(algorithm === 'HS256' ? { secretKey: secret } : { privateKey: signing, publicKey: verifying }),
    accessTokenExpires: lifetime,
    encodeIssuer: issuer,
    encodeAudience: audience,
  })
  const options = { claims: { role } }
  return { name: ours, create: sub => jwt.createAccessToken(sub, options) }
}

function openFastJwt(algorithm: BenchAlgorithm): Signer {
  const { signing } = keysOf[algorithm]
  const key = algorithm === 'HS256' ? secret : signing.export({ type: 'pkcs8', format: 'pem' })
  const sign = createSigner({ key, algorithm })
  return { name: fastJwt, create: sub => sign(newClaims(sub)) }
}

function openJsonwebtoken(algorithm: BenchAlgorithm): Signer[] {
  if (algorithm === 'EdDSA') return []
  const { signing } = keysOf[algorithm]
  const options = { algorithm }
  return [{ name: 'jsonwebtoken', create: sub => jsonwebtoken.sign(newClaims(sub), signing, options) }]
}

async function openWebCrypto(algorithm: BenchAlgorithm): Promise<Signer[]> {
  const key = await toCryptoKey(keysOf[algorithm].signing, algorithm)
  const header = { alg: algorithm, typ: 'JWT' }
  return [
    { name: 'jose', create: sub => new SignJWT(newClaims(sub)).setProtectedHeader(header).sign(key) },
    { name: 'hono/jwt', create: sub => honoSign(newClaims(sub), key, algorithm) },
  ]
}
