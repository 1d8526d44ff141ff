import type { JwtOptions, Requirements } from 'jwt-extended'
import type { AdapterHarness, ContractRoute, HandlerTools } from 'jwt-extended/testing'
import { type Answer, mistake, refusal, requestErrors } from './answer.ts'
import { type AttackCase, findKey, type JsonObject, type KeyTable } from './corpus.ts'
import { type RawAnswer, sendBytes } from './raw-socket.ts'
import { strictOptions } from './strict-options.ts'
import type { Attack } from './verify-layers.ts'

/** What a case was seen to do on the server. */
interface Trace {
  /** What the handler was given; undefined where it did not run. */
  context?: { readonly identity?: unknown; readonly claims?: unknown }
  wasStoreAsked?: boolean
}

/** The layer `request`: a request in raw bytes to a server of an adapter. */
export function prepareRequest(testCase: AttackCase, keys: KeyTable, harness: AdapterHarness): Attack {
  return async () => {
    const trace: Trace = {}
    let application: Awaited<ReturnType<AdapterHarness['start']>>
    try {
      application = await harness.start(optionsOf(testCase, keys, trace), [routeOf(testCase, trace)])
    } catch (error) {
      return mistake(error, ['invalid_config'])
    }
    try {
      const answer = toAnswer(await send(application.port, testCase), trace)
      // The answer to a HEAD has no body to say why: the same GET has.
      if (answer.outcome === 'reject' && testCase.request?.method === 'HEAD')
        return toAnswer(await send(application.port, asGet(testCase)), trace)
      if (testCase.store?.['mustNotBeCalled'] === true && trace.wasStoreAsked)
        return { outcome: 'fault', reason: 'the store was asked' }
      return answer
    } finally {
      await application.close()
    }
  }
}

function optionsOf(testCase: AttackCase, keys: KeyTable, trace: Trace): JwtOptions {
  const { config = {}, options, store, keys: names } = testCase
  const { secretUtf8 } = findKey(keys, names?.verify ?? 'hs256-main')
  const answer = store == null ? undefined : blocklistOf(store)
  return {
    ...strictOptions({ JWT_SECRET_KEY: secretUtf8, ...config }),
    clock: () => (options?.now ?? 1_800_000_000) * 1000,
    warn: () => {},
    ...(answer !== undefined && {
      tokenInBlocklist: (_header, claims) => {
        trace.wasStoreAsked = true
        return answer(claims)
      },
    }),
  }
}

type Blocklist = (claims: { readonly jti: string | null }) => never

/** What the application's blocklist says; some say nothing that it may. */
function blocklistOf(store: JsonObject): Blocklist {
  const { blocklist, hang, returnsAsync, returns, throws, rejects, mustNotBeCalled, ...unknown } = store
  const [name] = Object.keys(unknown)
  if (name !== undefined) throw new Error(`no store is known that ${name}`)
  if (hang === true) return () => new Promise(() => {}) as never
  if (returnsAsync !== undefined) return () => Promise.resolve(returnsAsync) as never
  if (Array.isArray(blocklist)) return ({ jti }) => blocklist.includes(jti) as never
  if (rejects !== undefined) return () => Promise.reject(new Error('the blocklist of this case fails')) as never
  if (throws !== undefined)
    return () => {
      throw new Error('the blocklist of this case fails')
    }
  return () => returns as never
}

function routeOf({ guard = {}, request }: AttackCase, trace: Trace): ContractRoute {
  return {
    path: new URL(request?.url ?? '/', 'http://127.0.0.1').pathname,
    requirements: guard as Requirements,
    handle: (tools: HandlerTools) => {
      trace.context = tools.currentOrUndefined() ?? {}
      return { passed: true }
    },
  }
}

function asGet(testCase: AttackCase): AttackCase {
  return testCase.request === undefined ? testCase : { ...testCase, request: { ...testCase.request, method: 'GET' } }
}

function send(port: number, { request }: AttackCase): Promise<RawAnswer> {
  if (request === undefined) throw new Error('the case has no request')
  const { method, url, headers, body, bodyB64 } = request
  const bytes = bodyB64 === undefined ? body : Buffer.from(bodyB64, 'base64')
  return sendBytes(port, { method, url, headers, body: bytes === undefined ? undefined : Buffer.from(bytes) })
}

function toAnswer({ status, body }: RawAnswer, { context }: Trace): Answer {
  if (context !== undefined && status !== 200)
    return { outcome: 'fault', reason: `the handler ran, and the status is ${status}` }
  if (context !== undefined)
    return { outcome: 'accept', claims: context.claims, isAnonymous: context.identity === undefined }
  const { code, msg } = parse(body)
  if (status >= 500 && code !== 'store_unavailable') return { outcome: 'fault', reason: `status ${status}` }
  if (typeof code === 'string') return refusal(code, String(msg))
  return byFramework(status)
}

function parse(body: string): JsonObject {
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}

/** Refused before ours was asked: by the HTTP parser (400, 413, 431), the body parser, or for an unknown method. */
function byFramework(status: number): Answer {
  if (status < 400) return { outcome: 'fault', reason: `status ${status} without a handler` }
  return { outcome: 'reject', code: `${status} of the framework`, kinds: requestErrors }
}
