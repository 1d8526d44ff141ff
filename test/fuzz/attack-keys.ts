import { readFileSync } from 'node:fs'
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
