import { createHmac, createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto'
import { flaskOptions } from '../../src/flask/index.ts'
import {
  type CreateAccessTokenOptions,
  type JwtContext,
  JwtManager,
  type JwtOptions,
  type Requirements,
  type SetCookiesOptions,
} from '../../src/index.ts'
import type { AdapterHarness, ContractRoute, HandlerTools, RunningApplication } from '../../src/testing/harness.ts'
import { type RawReply, type RawRequest, sendRaw } from '../../src/testing/http-client.ts'
import { type CorpusCase, type CorpusRoute, insertKeys, type Json, type JsonObject, type Keys } from './corpus.ts'
import { buildLoaders } from './loaders.ts'

/** What ours did with a case. */
export type Outcome =
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'raised'; readonly error: unknown }
  | { readonly kind: 'returned'; readonly result: CallResult }
  | {
      readonly kind: 'answered'
      readonly reply: RawReply
      readonly tokens: Readonly<Record<string, string>>
      readonly error?: unknown
    }

export interface CallResult {
  readonly value?: unknown
  readonly claims?: unknown
  readonly token?: string
  /** true, or what verifying the new token raised. */
  readonly decodes?: unknown
}

const callActions: ReadonlySet<string> = new Set([
  'create',
  'decode',
  'get_csrf_token',
  'get_jti',
  'get_unverified_jwt_headers',
])

/** Runs a case through `flaskOptions` and an adapter. A configuration that is refused is an outcome, too. */
export async function replay(testCase: CorpusCase, keys: Keys, harness: AdapterHarness): Promise<Outcome> {
  const action = testCase.action ?? 'request'
  let options: JwtOptions
  try {
    options = buildOptions(testCase, keys)
    if (callActions.has(action)) new JwtManager(options)
  } catch (error) {
    return { kind: 'refused', error }
  }
  return callActions.has(action)
    ? replayCall(testCase, new JwtManager(options))
    : replayRequest(testCase, options, harness)
}

export function buildOptions(testCase: CorpusCase, keys: Keys): JwtOptions {
  const { clock } = testCase
  return {
    ...flaskOptions(insertKeys(testCase.config, keys)),
    ...buildLoaders(testCase, keys),
    warn: () => {},
    ...(clock !== undefined && { clock: () => clock * 1000 }),
  }
}

async function replayCall(testCase: CorpusCase, jwt: JwtManager<unknown>): Promise<Outcome> {
  try {
    return { kind: 'returned', result: await call(testCase.action ?? '', testCase.args ?? {}, jwt) }
  } catch (error) {
    return { kind: 'raised', error }
  }
}

async function call(action: string, args: JsonObject, jwt: JwtManager<unknown>): Promise<CallResult> {
  const token = args['token'] as string
  switch (action) {
    case 'create':
      return describeCreated(await create(jwt, args), jwt)
    case 'decode':
      return { claims: (await jwt.verifyToken(token, verifyOptions(args))).claims }
    case 'get_csrf_token':
      return { value: await jwt.getCsrfToken(token) }
    case 'get_jti':
      return { value: await jwt.getJti(token) }
    default:
      return { value: jwt.decodeUnverified(token).header }
  }
}

async function describeCreated(token: string, jwt: JwtManager<unknown>): Promise<CallResult> {
  const decodes = await jwt.verifyToken(token).then(
    () => true,
    (error: unknown) => error,
  )
  return { token, decodes }
}

function verifyOptions(args: JsonObject): object {
  return { csrf: args['csrf_value'] ?? undefined, allowExpired: args['allow_expired'] ?? undefined }
}

type Creator = Pick<HandlerTools, 'createAccessToken' | 'createRefreshToken'>

function create(jwt: Creator, args: JsonObject, kind = args['kind']): Promise<string> {
  const options = {
    expiresIn: args['expires_delta'] ?? undefined,
    claims: args['additional_claims'],
    headers: args['additional_headers'],
  } as CreateAccessTokenOptions
  const identity = args['identity'] as NonNullable<unknown> | null
  if (kind === 'refresh') return jwt.createRefreshToken(identity, options)
  return jwt.createAccessToken(identity, { ...options, fresh: toFresh(args['fresh']) } as CreateAccessTokenOptions)
}

/** A time span there is a duration here; a bare number there is the time until which the token is fresh. */
function toFresh(fresh: Json | undefined): unknown {
  if (typeof fresh === 'number') return new Date(fresh * 1000)
  const isSpan = typeof fresh === 'object' && fresh !== null && '$duration' in fresh
  return isSpan ? (fresh as JsonObject)['$duration'] : fresh
}

async function replayRequest(testCase: CorpusCase, options: JwtOptions, harness: AdapterHarness): Promise<Outcome> {
  const tokens: Record<string, string> = {}
  let failure: unknown
  const route = buildRoute(testCase, options, tokens)
  const handle = async (tools: HandlerTools): Promise<unknown> => {
    try {
      return await route.handle(tools)
    } catch (error) {
      failure = error
      throw error
    }
  }
  let application: RunningApplication
  try {
    application = await harness.start(options, [{ ...route, handle }])
  } catch (error) {
    return { kind: 'refused', error }
  }
  try {
    const reply = await sendRaw(application.port, toHttp(testCase))
    return { kind: 'answered', reply, tokens, ...(failure !== undefined && { error: failure }) }
  } finally {
    await application.close()
  }
}

function buildRoute(testCase: CorpusCase, options: JwtOptions, tokens: Record<string, string>): ContractRoute {
  const args = testCase.args ?? {}
  const path = testCase.request?.path ?? '/protected'
  const requirements = testCase.route === null ? undefined : toRequirements(testCase.route ?? {})
  const guard = requirements === undefined ? {} : { requirements }
  switch (testCase.action ?? 'request') {
    case 'verify':
      return {
        path,
        handle: async tools => ({ result: describeVerified(await tools.authenticate(requirements ?? {})) }),
      }
    case 'accessors':
      return { path, ...guard, handle: async tools => readAccessors(tools) }
    case 'decode_in_route':
      return {
        path,
        handle: async tools => ({
          claims: (await tools.verifyToken(args['token'] as string, verifyOptions(args))).claims,
        }),
      }
    case 'implicit_refresh':
      return { path, ...guard, handle: tools => answerAndRefresh(tools, args, options, tokens) }
    case 'login_cookies':
      return { path, handle: tools => logIn(tools, args, tokens) }
    case 'logout_cookies':
      return { path, handle: async tools => logOut(tools, args) }
    default:
      return { path, ...guard, handle: async tools => describeContext(tools.currentOrUndefined(), options) }
  }
}

export function toRequirements(route: CorpusRoute): Requirements {
  return {
    optional: route.optional ?? false,
    fresh: route.fresh ?? false,
    refresh: route.refresh ?? false,
    verifyType: route.verify_type ?? true,
    skipRevocationCheck: route.skip_revocation_check ?? false,
    ...(route.locations !== undefined &&
      route.locations !== null && { locations: toLocations(route.locations) as never }),
  }
}

function toLocations(value: Json): unknown {
  if (Array.isArray(value)) return value.map(toLocations)
  return value === 'query_string' ? 'query' : value === 'query' ? 'unknown: query' : value
}

const flaskPlaces: Readonly<Record<string, string>> = { query: 'query_string' }

function placeOf(context: { readonly location: string | undefined }): string | null {
  return context.location === undefined ? null : (flaskPlaces[context.location] ?? context.location)
}

export function describeContext(context: ReturnType<HandlerTools['currentOrUndefined']>, options: JwtOptions): unknown {
  if (context === undefined) return { unprotected: true }
  const { identity, claims, header } = context
  const user = options.userLookup === undefined ? null : context.user
  return { identity: identity ?? null, claims, header, location: placeOf(context), user: user ?? null }
}

function describeVerified(context: {
  readonly header: unknown
  readonly claims: unknown
  readonly location: string | undefined
}): unknown {
  return context.location === undefined ? null : { header: context.header, claims: context.claims }
}

function readAccessors(tools: HandlerTools): unknown {
  const current = (): JwtContext => tools.current() as JwtContext
  const location = tools.currentOrUndefined()
  return {
    get_jwt: attempt(() => current().claims),
    get_jwt_header: attempt(() => current().header),
    get_jwt_identity: attempt(() => current().identity ?? null),
    get_jwt_request_location: { value: location === undefined ? null : placeOf(location) },
    get_current_user: attempt(() => current().user ?? null),
  }
}

function attempt(read: () => unknown): unknown {
  try {
    return { value: read() }
  } catch (error) {
    return { raises: { class: 'RuntimeError', message: (error as Error).message } }
  }
}

/** The hook of an application, as Flask's documentation has it; the option `implicitRefresh` has tests of its own. */
async function answerAndRefresh(
  tools: HandlerTools,
  args: JsonObject,
  options: JwtOptions,
  tokens: Record<string, string>,
): Promise<unknown> {
  const context = tools.currentOrUndefined()
  const now = (options.clock ?? Date.now)() / 1000
  const exp = context?.claims.exp
  if (exp !== undefined && exp - now < Number(args['within'])) {
    tokens['access'] = await tools.createAccessToken(context?.identity as never)
    await tools.setAccessCookies(tokens['access'])
  }
  return describeContext(tools.currentOrUndefined(), options)
}

async function logIn(tools: HandlerTools, args: JsonObject, tokens: Record<string, string>): Promise<unknown> {
  const kinds =
    args['kind'] === 'both' ? (['access', 'refresh'] as const) : ([args['kind']] as ('access' | 'refresh')[])
  for (const kind of kinds) {
    const token = (args['token'] as string | undefined) ?? (await create(tools, args['create'] as JsonObject, kind))
    tokens[kind] = token
    const options = { maxAge: args['max_age'], domain: args['domain'] } as SetCookiesOptions
    await (kind === 'access' ? tools.setAccessCookies(token, options) : tools.setRefreshCookies(token, options))
  }
  return { login: true }
}

function logOut(tools: HandlerTools, args: JsonObject): unknown {
  const options = { domain: args['domain'] } as SetCookiesOptions
  if (args['which'] === 'access') tools.unsetAccessCookies(options)
  else if (args['which'] === 'refresh') tools.unsetRefreshCookies(options)
  else tools.unsetJwtCookies(options)
  return { logout: true }
}

function toHttp({ request }: CorpusCase): RawRequest {
  const {
    method,
    path,
    query,
    headers = [],
    cookies,
    json,
    form,
    raw_body: raw,
    content_type: contentType,
  } = request ?? { method: 'GET', path: '/protected' }
  const lines: [string, string][] = headers.map(([name, value]) => [name, value])
  if (cookies !== undefined && Object.keys(cookies).length > 0)
    lines.push([
      'Cookie',
      Object.entries(cookies)
        .map(pair => pair.join('='))
        .join('; '),
    ])
  const type =
    json !== undefined ? 'application/json' : form !== undefined ? 'application/x-www-form-urlencoded' : contentType
  if (type) lines.push(['Content-Type', type])
  const body =
    json !== undefined ? JSON.stringify(json) : form !== undefined ? new URLSearchParams({ ...form }).toString() : raw
  const search =
    query === undefined || query.length === 0
      ? ''
      : `?${new URLSearchParams(query.map(([name, value]) => [name, value] as [string, string]))}`
  return { method, path: path + search, headers: lines, body }
}

/** Verifies a signature by node:crypto alone, so that ours cannot vouch for itself. */
export function isSignedBy(token: string, alg: string, key: string): boolean {
  const end = token.lastIndexOf('.')
  const [input, signature] = [Buffer.from(token.slice(0, end)), Buffer.from(token.slice(end + 1), 'base64url')]
  const hash = `sha${alg.slice(2)}`
  if (alg.startsWith('HS')) return createHmac(hash, key).update(input).digest().equals(signature)
  const publicKey = readPublicKey(key)
  if (alg.startsWith('PS'))
    return verifySignature(hash, input, { key: publicKey, padding: 6, saltLength: Number(alg.slice(2)) / 8 }, signature)
  if (alg.startsWith('ES'))
    return verifySignature(hash, input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
  return verifySignature(alg.startsWith('RS') ? hash : null, input, publicKey, signature)
}

const publicKeys = new Map<string, KeyObject>()

/** Reading a key takes longer than verifying with it. */
function readPublicKey(text: string): KeyObject {
  const known = publicKeys.get(text) ?? createPublicKey(text)
  publicKeys.set(text, known)
  return known
}
