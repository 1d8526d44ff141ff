import { createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import type { JsonObject, Keys } from './corpus.ts'

interface Signer {
  readonly alg: string
  /** The secret, or the public half of a pair. */
  readonly key: string
  /** Where the private half is found. */
  readonly keys: Keys
}

/** Signs by node:crypto alone what a verifier with this key accepts; with a foreign key, what it refuses. */
export function signToken({ header, claims }: { header: JsonObject; claims: JsonObject }, signer: Signer): string {
  const input = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${signBytes(Buffer.from(input), signer).toString('base64url')}`
}

function signBytes(input: Buffer, { alg, key, keys }: Signer): Buffer {
  const hash = `sha${alg.slice(2)}`
  const privateKey = findPrivateKey(key, keys)
  if (alg.startsWith('HS') || privateKey === undefined)
    return createHmac(alg.startsWith('Ed') ? 'sha512' : hash, key)
      .update(input)
      .digest()
  if (alg.startsWith('PS'))
    return sign(hash, input, { key: privateKey, padding: 6, saltLength: Number(alg.slice(2)) / 8 })
  if (alg.startsWith('ES')) return sign(hash, input, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return sign(alg.startsWith('RS') ? hash : null, input, privateKey)
}

const privateKeys = new Map<string, KeyObject | undefined>()

function findPrivateKey(publicKey: string, keys: Keys): KeyObject | undefined {
  if (!privateKeys.has(publicKey)) {
    const name = Object.keys(keys).find(candidate => keys[candidate] === publicKey) ?? ''
    const text = name.includes('_public') ? keys[name.replace('_public', '_private')] : undefined
    privateKeys.set(publicKey, text === undefined ? undefined : createPrivateKey(text))
  }
  return privateKeys.get(publicKey)
}
