import { setTimeout } from 'node:timers/promises'
import { JwtError, JwtManager, type JwtRequest } from 'jwt-extended'
import type { Store } from 'jwt-extended/stores'
import { requestOf, secretKey } from '../../request/support.ts'

/** A revocation that the application was told has taken place. */
export interface AcknowledgedRevocation {
  readonly kind: RevocationKind
  /** When that was, by `performance.now()`. */
  readonly at: number
  readonly accessTokens: readonly string[]
  readonly refreshTokens: readonly string[]
}

export interface Acknowledged {
  readonly revocations: readonly AcknowledgedRevocation[]
  /** Refresh tokens of sessions that nobody has ended. */
  readonly live: readonly string[]
  /** How many calls failed. */
  readonly failures: number
}

export interface Load {
  /** How many revocations have been acknowledged by now. */
  readonly count: number
  /** Ends it, after the calls that are on their way. */
  stop(): Promise<Acknowledged>
}

type RevocationKind = 'session' | 'user' | 'token' | 'access'

interface Login {
  readonly user: string
  readonly sid: string
  readonly accessTokens: readonly string[]
  readonly refreshTokens: readonly string[]
}

const kinds: readonly (RevocationKind | 'none')[] = ['session', 'user', 'token', 'access', 'none']
const loopCount = 24
let users = 0

/** Managers of one application on several machines: one for each store, with the same key. */
export function openManagers(stores: readonly Store[]): JwtManager[] {
  return stores.map(store => new JwtManager({ secretKey, store, warn: () => {} }))
}

/** Logs in, refreshes and revokes as fast as it can, in many loops. */
export function startLoad(managers: readonly JwtManager[]): Load {
  const revocations: AcknowledgedRevocation[] = []
  const live: string[] = []
  let failures = 0
  let isRunning = true
  const useOnce = async (jwt: JwtManager, kind: (typeof kinds)[number]): Promise<void> => {
    const login = await logIn(jwt)
    if (kind === 'none') live.push(...login.refreshTokens.slice(-1))
    else revocations.push(await revoke(jwt, kind, login))
  }
  const loop = async (jwt: JwtManager, first: number): Promise<void> => {
    for (let step = first; isRunning; step++) {
      await useOnce(jwt, kinds[step % kinds.length] ?? 'none').catch(async error => {
        if (!isUnavailable(error)) throw error
        failures++
        // A client that knows that it is not connected fails at once.
        await setTimeout(5)
      })
    }
  }
  const all = Array.from({ length: loopCount }, (_, index) => managers[index % managers.length]).flatMap(
    (jwt, index) => (jwt === undefined ? [] : [loop(jwt, index)]),
  )
  const ended = Promise.all(all)
  // Reported by stop().
  ended.catch(() => {})
  return {
    get count() {
      return revocations.length
    },
    stop: async () => {
      isRunning = false
      await ended
      return { revocations, live, failures }
    },
  }
}

/** Those of which a token is accepted. */
export async function findLost(
  jwt: JwtManager,
  revocations: readonly AcknowledgedRevocation[],
): Promise<AcknowledgedRevocation[]> {
  const lost: AcknowledgedRevocation[] = []
  for (const revocation of revocations) {
    const { accessTokens, refreshTokens } = revocation
    const codes = await Promise.all([
      ...accessTokens.map(token => outcomeOf(jwt, token)),
      ...refreshTokens.map(token => outcomeOf(jwt, token, { refresh: true })),
    ])
    if (codes.some(code => code !== 'token_revoked')) lost.push(revocation)
  }
  return lost
}

/** How many of these refresh tokens, each the current one of a session, are refused. */
export async function countRefused(jwt: JwtManager, refreshTokens: readonly string[]): Promise<number> {
  let count = 0
  for (const token of refreshTokens) if ((await outcomeOf(jwt, token, { refresh: true })) !== 'accepted') count++
  return count
}

/** Waits until the stores answer, and returns after how many milliseconds they did. */
export async function untilWell(managers: readonly JwtManager[]): Promise<number> {
  const start = performance.now()
  for (const jwt of managers) {
    while (!(await answers(jwt))) {
      if (performance.now() - start > 20_000) throw new Error('the store does not answer 20 s after its restart')
      await setTimeout(10)
    }
  }
  return performance.now() - start
}

/** A session of a user of its own that has been refreshed once. */
export async function logIn(jwt: JwtManager): Promise<Login> {
  const user = `user-${users++}`
  const first = await jwt.sessions.create(user)
  const second = await jwt.sessions.rotate(first.refreshToken)
  return {
    user,
    sid: first.sessionId,
    accessTokens: [first.accessToken, second.accessToken],
    refreshTokens: [first.refreshToken, second.refreshToken],
  }
}

/** Takes something back, and tells what is to be refused once that is done. */
async function revoke(jwt: JwtManager, kind: RevocationKind, login: Login): Promise<AcknowledgedRevocation> {
  const { user, sid, accessTokens, refreshTokens } = login
  const [first = ''] = accessTokens
  if (kind === 'session') await jwt.sessions.revoke(sid)
  // Its watermark refuses what belongs to no session.
  const loose = kind === 'user' ? [await jwt.createAccessToken(user), await jwt.createAccessToken(user)] : []
  if (kind === 'user') await jwt.sessions.revokeAll(user)
  if (kind === 'token') await jwt.revoke(first)
  if (kind === 'access') await jwt.invalidateAccess(user)
  const at = performance.now()
  if (kind === 'token') return { kind, at, accessTokens: [first], refreshTokens: [] }
  if (kind === 'access') return { kind, at, accessTokens, refreshTokens: [] }
  return { kind, at, accessTokens: [...accessTokens, ...loose], refreshTokens }
}

/** The code of the refusal of a token, or `'accepted'`. */
export async function outcomeOf(jwt: JwtManager, token: string, options: { refresh?: true } = {}): Promise<string> {
  try {
    await jwt.authenticate(bearer(token), options)
    return 'accepted'
  } catch (error) {
    if (error instanceof JwtError) return error.code
    throw error
  }
}

async function answers(jwt: JwtManager): Promise<boolean> {
  return jwt.sessions.create('probe').then(
    () => true,
    error => {
      if (isUnavailable(error)) return false
      throw error
    },
  )
}

function bearer(token: string): JwtRequest {
  return requestOf({ headers: { authorization: `Bearer ${token}` } })
}

function isUnavailable(error: unknown): boolean {
  return error instanceof JwtError && error.code === 'store_unavailable'
}
