import { JwtManager } from '../../manager.ts'
import type { JwtOptions } from '../../options.ts'
import type { CreateAccessTokenOptions } from '../../tokens/create.ts'
import type { AdapterHarness, ContractRoute, HandlerTools, ReadyRoute } from '../harness.ts'
import { type RawReply, type RawRequest, sendRaw } from '../http-client.ts'

/** A secret for tests alone: it is printed here. */
export const testSecret = 'Tq9-vWl2Zr7-Kx4mBn8-Yc6pHs3-Jd5fGw1-Ru0aEo'

/** When the clock of the tests stands still, in seconds since 1970. */
export const startTime = 1_800_000_000

type Headers = readonly (readonly [string, string])[]

/** A running application and what a test needs to talk to it. */
export interface ContractApplication {
  /** Makes tokens with the same options, at `startTime` unless told otherwise. */
  createToken(kind: 'access' | 'refresh', options?: TokenRequest): Promise<string>
  send(request: RawRequest): Promise<RawReply>
  get(path: string, headers?: Headers): Promise<RawReply>
  /** Moves the clock of the application. */
  setTime(seconds: number): void
}

export interface TokenRequest extends CreateAccessTokenOptions {
  readonly identity?: string
  /** Options of the manager that makes the token, where they differ from the application's. */
  readonly by?: Partial<JwtOptions>
}

/** Starts an application, runs a test against it, and ends it. */
export async function withApplication(
  harness: AdapterHarness,
  {
    options = {},
    routes = [whoRoute()],
    ready = [],
  }: {
    readonly options?: Partial<JwtOptions>
    readonly routes?: readonly ContractRoute[]
    readonly ready?: readonly ReadyRoute[]
  },
  test: (application: ContractApplication) => Promise<void>,
): Promise<void> {
  let now = startTime
  const all: JwtOptions = { secretKey: testSecret, clock: () => now * 1000, warn: ignoreWarning, ...options }
  const running = await harness.start(all, routes, ready)
  const send = (request: RawRequest): Promise<RawReply> => sendRaw(running.port, request)
  try {
    await test({
      createToken: (kind, { identity = 'alice', by = {}, ...token } = {}) => {
        const maker = new JwtManager<unknown>({ ...all, clock: () => startTime * 1000, ...by })
        return kind === 'access' ? maker.createAccessToken(identity, token) : maker.createRefreshToken(identity, token)
      },
      send,
      get: (path, headers = []) => send({ path, headers }),
      setTime: seconds => {
        now = seconds
      },
    })
  } finally {
    await running.close()
  }
}

/** Of the mistakes which the tests make on purpose. */
function ignoreWarning(): void {}

/** A route that tells who is asking. */
export function whoRoute(requirements: ContractRoute['requirements'] = {}, path = '/who'): ContractRoute {
  return { path, requirements, handle: tellWho }
}

async function tellWho(tools: HandlerTools): Promise<unknown> {
  // Asked for after a turn of the event loop: the context has to follow.
  await new Promise(resolve => setImmediate(resolve))
  const context = tools.currentOrUndefined()
  if (context === undefined) return { unprotected: true }
  const { identity = null, location = null, claims, header } = context
  return { identity, location, claims, header }
}

export function bearer(token: string): [string, string] {
  return ['Authorization', `Bearer ${token}`]
}

export function readBody(reply: RawReply): Record<string, unknown> {
  return JSON.parse(reply.text) as Record<string, unknown>
}

/** What the tests say of a reply in one line. */
export function summarize(reply: RawReply): { status: number; code: unknown; challenge: unknown } {
  return {
    status: reply.status,
    code: readBody(reply)['code'] ?? null,
    challenge: reply.headers['www-authenticate'] ?? null,
  }
}
