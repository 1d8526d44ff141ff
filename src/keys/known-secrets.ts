import { createHash } from 'node:crypto'
import { packedHashes } from './known-secrets-list.ts'

const bytesPerHash = 8

let known: ReadonlySet<string> | undefined

/** Whether a secret is on the list of publicly known ones. The list is unpacked when the first secret is judged. */
export function isKnownSecret(secret: Uint8Array): boolean {
  known ??= unpack(Buffer.from(packedHashes, 'base64'))
  return known.has(createHash('sha256').update(secret).digest().toString('hex', 0, bytesPerHash))
}

function unpack(bytes: Buffer): Set<string> {
  const hashes = new Set<string>()
  for (let start = 0; start < bytes.length; start += bytesPerHash) {
    hashes.add(bytes.toString('hex', start, start + bytesPerHash))
  }
  return hashes
}
