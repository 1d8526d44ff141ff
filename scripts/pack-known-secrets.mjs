// Packs the list of publicly known secrets (test/attacks/weak-secrets.json) into src/keys/known-secrets-list.ts.
// A test compares the two, so run this again after the list has changed.
import { readFileSync, writeFileSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const { sha256_64: hashes } = JSON.parse(readFileSync(new URL('test/attacks/weak-secrets.json', root), 'utf8'))
const packed = Buffer.from(hashes.join(''), 'hex').toString('base64')

writeFileSync(
  new URL('src/keys/known-secrets-list.ts', root),
  `// Made by scripts/pack-known-secrets.mjs. Origin: wallarm/jwt-secrets (MIT), see NOTICE.
/** First 8 bytes of the SHA-256 of ${hashes.length} publicly known secrets, one after the other, as base64. */
export const packedHashes: string =
  '${packed}'
`,
)
