import { readFileSync } from 'node:fs'

/** A value of JSON; placeholders of the corpus among them. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
export type JsonObject = { readonly [name: string]: Json }

export interface CorpusRequest {
  readonly method: string
  readonly path: string
  readonly query?: readonly (readonly [string, string])[]
  readonly headers?: readonly (readonly [string, string])[]
  readonly cookies?: Readonly<Record<string, string>>
  readonly json?: Json
  readonly form?: Readonly<Record<string, string>>
  readonly raw_body?: string
  readonly content_type?: string | null
}

export interface CorpusRoute {
  readonly optional?: boolean
  readonly fresh?: boolean
  readonly refresh?: boolean
  readonly locations?: Json
  readonly verify_type?: boolean
  readonly skip_revocation_check?: boolean
}

export interface Raised {
  readonly class: string
  readonly message: string
}

export interface ExpectedCookie {
  readonly name: string
  readonly value: string
  readonly path: string | null
  readonly domain: string | null
  readonly secure: boolean
  readonly httponly: boolean
  readonly samesite: string | null
  readonly max_age: number | null
  readonly expires: JsonObject | null
  readonly same_as_claim?: { readonly token: string; readonly claim: string }
}

export interface ExpectedToken {
  readonly header?: Json
  readonly claims?: Json
  readonly signature?: { readonly alg: string; readonly key: string }
  readonly decodes?: true | { readonly raises: Raised }
}

export interface Expectation extends ExpectedToken {
  readonly status?: number
  readonly json?: Json
  readonly body_not_json?: boolean
  readonly set_cookies?: readonly ExpectedCookie[]
  readonly new_token?: ExpectedToken
  readonly value?: Json
  readonly raises?: Raised
}

export interface CorpusCase {
  readonly id: string
  readonly area: string
  readonly action?: string
  readonly clock?: number
  readonly config: JsonObject
  readonly loaders?: JsonObject
  readonly route?: CorpusRoute | null
  readonly request?: CorpusRequest
  readonly args?: JsonObject
  readonly expect: Expectation
  readonly message_source?: string
  readonly tags?: readonly string[]
  readonly info?: { readonly exception?: string }
}

export type Keys = Readonly<Record<string, string>>

const home = new URL('.', import.meta.url)

export function readCorpus(file: string | URL = new URL('corpus.json', home)): readonly CorpusCase[] {
  const corpus = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly format: number
    readonly cases: readonly CorpusCase[]
  }
  if (corpus.format !== 1) throw new Error(`the corpus has format ${corpus.format}; this replayer reads format 1`)
  return corpus.cases
}

export function readKeys(file: string | URL = new URL('keys.json', home)): Keys {
  return JSON.parse(readFileSync(file, 'utf8')) as Keys
}

/** Puts the keys in the places of their names (`@hs_main`), at any depth. */
export function insertKeys<Value extends Json>(value: Value, keys: Keys): Value {
  if (typeof value === 'string') return (value.startsWith('@') ? (keys[value.slice(1)] ?? value) : value) as Value
  if (Array.isArray(value)) return value.map(item => insertKeys(item, keys)) as unknown as Value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, insertKeys(item as Json, keys)]),
  ) as Value
}
