import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { FallibleStore } from './fallible-store.ts'
import {
  type AcknowledgedRevocation,
  countRefused,
  findLost,
  logIn,
  openManagers,
  outcomeOf,
  startLoad,
  untilWell,
} from './load.ts'

export interface KillRound {
  readonly revocations: number
  /** Revocations of this round that were acknowledged, and are not in force. */
  readonly lost: readonly AcknowledgedRevocation[]
  /** Sessions of this round that nobody ended, and that are gone. */
  readonly lostSessions: number
  /** When it was killed, by `performance.now()`. */
  readonly killedAt: number
  /** How long it took from the restart until all clients could use it. */
  readonly recoveredInMs: number
}

export interface KillOptions {
  readonly rounds: number
  /** How many revocations at least are acknowledged before the kill. */
  readonly revocations: number
  /** Called when there are so many: resolves when it is to be killed. */
  readonly moment?: () => Promise<void>
}

/**
 * Kills the server under load, starts it again, goes on with the same clients, and counts what it has forgotten. The
 * revocations of earlier rounds are checked at the end of the last one, too.
 */
export async function killInRounds(
  server: FallibleStore,
  { rounds, revocations: wanted, moment = async () => {} }: KillOptions,
): Promise<KillRound[]> {
  const managers = openManagers(server.stores)
  const [jwt] = managers
  if (jwt === undefined) throw new Error('there is no store')
  const results: KillRound[] = []
  const kept: AcknowledgedRevocation[] = []
  for (let round = 0; round < rounds; round++) {
    const load = startLoad(managers)
    while (load.count < wanted) await setTimeout(5)
    await moment()
    const killedAt = await server.kill()
    const { revocations, live } = await load.stop()
    await server.restart()
    const recoveredInMs = await untilWell(managers)
    const lost = await findLost(jwt, revocations)
    const lostSessions = await countRefused(jwt, live)
    kept.push(...revocations.filter(revocation => !lost.includes(revocation)).map(sampleOf))
    results.push({ revocations: revocations.length, lost, lostSessions, killedAt, recoveredInMs })
  }
  const forgotten = await findLost(jwt, kept)
  if (forgotten.length > 0) throw new Error(`${forgotten.length} revocations were lost by a later restart`)
  return results
}

/** One token of it: all of them have been checked. */
function sampleOf(revocation: AcknowledgedRevocation): AcknowledgedRevocation {
  return { ...revocation, accessTokens: revocation.accessTokens.slice(0, 1), refreshTokens: [] }
}

/** Prints the figures of rounds, and returns how much was lost in all. */
export function printRounds(name: string, rounds: readonly KillRound[]): { revocations: number; sessions: number } {
  const total = (count: (round: KillRound) => number): number => rounds.reduce((sum, round) => sum + count(round), 0)
  const revocations = total(round => round.lost.length)
  const sessions = total(round => round.lostSessions)
  const ages = rounds.flatMap(({ lost, killedAt }) => lost.map(({ at }) => killedAt - at))
  const recovery = rounds.map(round => round.recoveredInMs).sort((a, b) => a - b)
  const each = rounds.map(round => round.lost.length).join(' ')
  console.log(
    `${name}: ${rounds.length} kills, ${total(round => round.revocations)} acknowledged revocations, ${revocations} lost` +
      (revocations > 0 ? ` (per round: ${each}; the oldest ${Math.max(...ages).toFixed(0)} ms before the kill)` : '') +
      `, ${sessions} live sessions lost; clients well again ${recovery.at(recovery.length >> 1)?.toFixed(0)} ms (median), ` +
      `${recovery.at(-1)?.toFixed(0)} ms (longest) after the restart`,
  )
  return { revocations, sessions }
}

/** Refuses everything of everybody, kills the server right after that, and checks that it is so once it is back. */
export async function killAfterGlobalWatermark(server: FallibleStore): Promise<void> {
  const managers = openManagers(server.stores)
  const [jwt] = managers
  if (jwt === undefined) throw new Error('there is no store')
  const { accessTokens, refreshTokens } = await logIn(jwt)
  const loose = await jwt.createAccessToken('ada')
  await jwt.revokeEverythingBefore(new Date())
  await server.kill()
  await server.restart()
  await untilWell(managers)
  for (const token of [...accessTokens, loose]) assert.equal(await outcomeOf(jwt, token), 'token_revoked')
  for (const token of refreshTokens) assert.equal(await outcomeOf(jwt, token, { refresh: true }), 'token_revoked')
}
