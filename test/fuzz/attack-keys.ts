import type { JwtOptions } from 'jwt-extended'
import { findKey, type KeyEntry, type KeyTable, readKeyTable } from '../attacks/corpus.ts'

/** By name. They stay the same, so that what was found once is found again. */
export const attackKeys: KeyTable = readKeyTable()

export function findAttackKey(name: string): KeyEntry {
  return findKey(attackKeys, name)
}

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
  const { secretUtf8, privateJwk, publicJwk } = findAttackKey(keyNames[algorithm])
  if (secretUtf8 !== undefined) return { secretKey: secretUtf8 }
  // The keys name one algorithm of several that they fit.
  return { privateKey: { ...privateJwk, alg: algorithm }, publicKey: { ...publicJwk, alg: algorithm } }
}
