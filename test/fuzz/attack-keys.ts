import { readFileSync } from 'node:fs'
import type { JwtOptions } from 'jwt-extended'
import type { Jwk } from '../../src/keys/import-key.ts'

/** A key of the attack corpus: an attacker has it too, so it is good for tests alone. */
export interface AttackKey {
  readonly secretUtf8?: string
  /** Of a secret. */
  readonly jwk?: Jwk
  readonly publicJwk?: Jwk
  readonly privateJwk?: Jwk
  readonly pem?: Readonly<Record<string, string>>
}

/** By name. They stay the same, so that what was found once is found again. */
export const attackKeys: Readonly<Record<string, AttackKey>> = JSON.parse(
  readFileSync(new URL('../attacks/keys.json', import.meta.url), 'utf8'),
)

/** The keys that the searches sign with, by algorithm. */
export const keyNames = {
  HS256: 'hs256-main',
  HS512: 'hs512-main',
  RS256: 'rsa-main',
  PS256: 'rsa-main',
  ES256: 'p256-main',
  EdDSA: 'ed25519-main',
} as const

export type KeyName = keyof typeof keyNames

/** The options that give a manager the key of an algorithm. */
export function keysOf(algorithm: KeyName): Pick<JwtOptions, 'secretKey' | 'privateKey' | 'publicKey'> {
  const { secretUtf8, privateJwk, publicJwk } = { ...attackKeys[keyNames[algorithm]] }
  if (secretUtf8 !== undefined) return { secretKey: secretUtf8 }
  // The keys name one algorithm of several that they fit.
  return { privateKey: { ...privateJwk, alg: algorithm }, publicKey: { ...publicJwk, alg: algorithm } }
}
