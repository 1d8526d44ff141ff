import { readFileSync } from 'node:fs'
import type { Algorithm } from 'jwt-extended'
import type { Jwk } from '../../src/keys/import-key.ts'

export type Layer = 'jwt' | 'jws' | 'jwks' | 'resolver' | 'request' | 'config' | 'sign' | 'scenario'
export type Strength = 'must' | 'should' | 'choice'
export type JsonObject = Readonly<Record<string, unknown>>

/** How a token that is too large for the file is made. */
export interface TokenRecipe {
  readonly prefix?: string
  readonly repeat?: string
  readonly count?: number
  readonly suffix?: string
  readonly jwt?: {
    readonly header: JsonObject
    readonly payloadParts?: readonly (readonly [text: string, times: number])[]
    readonly payloadObjectCount?: number
    readonly alg: string
    readonly key: string
  }
}

export interface CaseKeys {
  readonly verify?: string
  readonly jwkWithoutAlg?: boolean
  readonly jwkOverride?: JsonObject
  readonly verifyRawB64?: string
  readonly jwk?: Jwk
  readonly jwkLiteral?: Jwk
  readonly jwkSet?: { readonly keys?: readonly Jwk[] }
  readonly jwks?: readonly { readonly key: string; readonly kid?: string }[]
  readonly resolverReturns?: unknown
}

export interface CaseOptions {
  readonly algorithms?: readonly Algorithm[] | null
  readonly now: number
  readonly audience?: unknown
  readonly issuer?: unknown
  readonly leeway?: unknown
}

export interface CaseRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: string
  readonly bodyB64?: string
}

/** The arguments of a signing call; placeholders of values that JSON cannot hold among them. */
export interface SignCall {
  readonly fn?: 'createAccessToken' | 'createRefreshToken'
  readonly identity?: unknown
  readonly additionalClaims?: JsonObject
  /** As JSON text, where the member names matter. */
  readonly additionalClaimsJson?: string
  readonly additionalHeaders?: JsonObject
  readonly additionalHeadersJson?: string
  readonly expiresDelta?: unknown
  readonly fresh?: unknown
}

export interface Expectation {
  readonly outcome: 'accept' | 'reject' | 'scenario'
  readonly error?: string
  readonly claims?: JsonObject
}

/** A case of the corpus; its `meta.howToRead` tells what the members mean. */
export interface AttackCase {
  readonly id: string
  readonly class: string
  readonly layer: Layer
  readonly description: string
  readonly strength: Strength
  readonly expected: Expectation
  readonly alsoOk?: readonly string[]
  readonly alsoAccept?: boolean
  readonly alsoReject?: boolean | readonly string[]
  readonly anonymous?: boolean
  readonly maxMillis?: number
  readonly keys?: CaseKeys
  readonly options?: CaseOptions
  readonly token?: string
  readonly tokenJson?: unknown
  readonly tokenB64?: string
  readonly tokenGen?: TokenRecipe
  readonly config?: JsonObject
  readonly guard?: Readonly<Record<string, boolean>>
  readonly request?: CaseRequest
  readonly store?: JsonObject | null
  readonly call?: SignCall
  readonly steps?: readonly string[]
}

/** A key as keys.json has it. */
export interface KeyEntry {
  readonly kind: string
  readonly alg: string | null
  readonly secretUtf8?: string
  /** Of a secret. */
  readonly jwk?: Jwk
  readonly publicJwk?: Jwk
  readonly privateJwk?: Jwk
  readonly pem?: Readonly<Record<string, string>>
}

export type KeyTable = Readonly<Record<string, KeyEntry>>

const home = new URL('.', import.meta.url)

export function readAttacks(file: string | URL = new URL('corpus.json', home)): readonly AttackCase[] {
  const { meta, cases } = JSON.parse(readFileSync(file, 'utf8'))
  if (meta?.version !== 1) throw new Error(`the corpus has version ${meta?.version}; this runner reads version 1`)
  if (!Array.isArray(cases) || cases.length === 0) throw new Error('the corpus has no cases')
  return cases.map(given => checkCase(fillPlaceholders(given) as AttackCase))
}

/** A word that nobody knows would make a case pass that nobody has judged. */
function checkCase(testCase: AttackCase): AttackCase {
  const { id, layer, strength, expected } = testCase
  const words: readonly (readonly [unknown, readonly string[]])[] = [
    [layer, ['jwt', 'jws', 'jwks', 'resolver', 'request', 'config', 'sign', 'scenario']],
    [strength, ['must', 'should', 'choice']],
    [expected?.outcome, ['accept', 'reject', 'scenario']],
  ]
  for (const [word, known] of words)
    if (!known.includes(word as string))
      throw new Error(`${id} says ${JSON.stringify(word)}; known: ${known.join(', ')}`)
  return testCase
}

/** The cases of some layers. */
export function attacksOf(...layers: readonly Layer[]): AttackCase[] {
  return readAttacks().filter(({ layer }) => layers.includes(layer))
}

export function readKeyTable(file: string | URL = new URL('keys.json', home)): KeyTable {
  return JSON.parse(readFileSync(file, 'utf8'))
}

export function findKey(keys: KeyTable, name: string): KeyEntry {
  const entry = Object.hasOwn(keys, name) ? keys[name] : undefined
  if (entry === undefined) throw new Error(`keys.json has no ${name}`)
  return entry
}

/** Values that JSON cannot hold, made anew each time. */
const placeholders: Readonly<Record<string, () => unknown>> = {
  __NaN__: () => Number.NaN,
  __Infinity__: () => Number.POSITIVE_INFINITY,
  __undefined__: () => undefined,
  __BigInt__: () => 1n,
  __function__: () => () => 1,
  __symbol__: () => Symbol('of a test'),
  __cyclic__: () => {
    const cyclic: Record<string, unknown> = {}
    return Object.assign(cyclic, { self: cyclic })
  },
}

/** Puts the values in the places of their placeholders, at any depth. */
function fillPlaceholders(value: unknown): unknown {
  if (typeof value === 'string') return Object.hasOwn(placeholders, value) ? placeholders[value]?.() : value
  if (Array.isArray(value)) return value.map(fillPlaceholders)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fillPlaceholders(member)]))
}
