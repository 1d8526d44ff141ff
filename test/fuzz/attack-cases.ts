import { readFileSync } from 'node:fs'
import type { Algorithm } from '../../src/keys/algorithms.ts'
import type { Jwk } from '../../src/keys/import-key.ts'

/** A case of the attack corpus, as far as it matters what goes into it. */
export interface AttackCase {
  readonly id: string
  readonly layer: string
  readonly token?: string
  readonly tokenJson?: unknown
  readonly tokenB64?: string
  readonly keys?: {
    readonly verify?: string
    readonly verifyRawB64?: string
    readonly jwk?: Jwk
    readonly jwkLiteral?: Jwk
    readonly jwkSet?: { readonly keys?: readonly Jwk[] }
    readonly jwks?: readonly { readonly key: string; readonly kid?: string }[]
  }
  readonly options?: { readonly algorithms?: readonly Algorithm[]; readonly now?: number }
  readonly config?: Readonly<Record<string, unknown>>
  readonly guard?: Readonly<Record<string, boolean>>
  readonly request?: {
    readonly method: string
    readonly url: string
    readonly headers: readonly (readonly [string, string])[]
    readonly body?: string
    readonly bodyB64?: string
  }
  readonly call?: {
    readonly identity: unknown
    readonly additionalClaims?: Readonly<Record<string, unknown>>
    readonly additionalHeaders?: Readonly<Record<string, unknown>>
    readonly expiresDelta?: unknown
  }
}

const corpus: { readonly cases: readonly AttackCase[] } = JSON.parse(
  readFileSync(new URL('../attacks/corpus.json', import.meta.url), 'utf8'),
)

/** The cases of some layers. Those whose tokens are made by a recipe are nothing but large. */
export function attackCases(...layers: readonly string[]): AttackCase[] {
  return corpus.cases.filter(({ layer }) => layers.includes(layer))
}
