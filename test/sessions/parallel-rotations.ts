import assert from 'node:assert/strict'
import type { JwtManager } from 'jwt-extended'
import type { Store } from 'jwt-extended/stores'
import { newStoreName, type StoreUnderTest } from '../stores/harness/store-family.ts'
import { placeOf, type SessionCall, type SessionOutcome, type StoreWorkers } from '../stores/harness/workers.ts'
import { bearer, openManager, outcome } from './support.ts'

/** Presents one token many times at once. */
type RotateAll = (token: string) => Promise<readonly SessionOutcome[]>

const times = 200

/**
 * Rotates one token 200 times at once, again and again: from the processes where the store is shared, else within this
 * one.
 *
 * @throws where a token has two successors, or anybody is logged out
 */
export async function rotateInParallel(under: StoreUnderTest, workers: StoreWorkers, rounds: number): Promise<void> {
  const name = newStoreName()
  const { store, close } = under.connection.open(name)
  try {
    await store.migrate()
    const jwt = openManager(store)
    const rotateAll: RotateAll = under.family.isShared
      ? token => workers.run(placeOf(under, name), Array<SessionCall>(times).fill(['sessions.rotate', token]))
      : token => Promise.all(Array.from({ length: times }, () => jwt.sessions.rotate(token)))
    for (let round = 0; round < rounds; round++) await checkRound(jwt, store, rotateAll)
  } finally {
    await close()
  }
}

async function checkRound(jwt: JwtManager, store: Store, rotateAll: RotateAll): Promise<void> {
  const { refreshToken, sessionId } = await jwt.sessions.create('ada')
  const results = await rotateAll(refreshToken)
  assert.deepEqual(new Set(results.map(({ refused }) => refused)), new Set([undefined]))
  assert.equal(results.length, times)
  const successors = new Set(await Promise.all(results.map(result => jwt.getJti(result.refreshToken ?? ''))))
  const session = await store.getSession(sessionId)
  assert.deepEqual([...successors], [session?.jti])
  assert.equal(session?.generation, 1)
  const answers = await Promise.all(results.map(result => outcome(jwt.authenticate(bearer(result.accessToken ?? '')))))
  assert.deepEqual(new Set(answers), new Set(['accepted']))
  assert.equal(await outcome(jwt.sessions.rotate(results.at(-1)?.refreshToken ?? '')), 'accepted')
}
