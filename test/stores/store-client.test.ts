import { memoryStore, type NewSession, type Store } from 'jwt-extended/stores'
import { describe, expect, test } from 'vitest'
import { StoreClient } from '../../src/stores/store-client.ts'
import { newSession } from '../support/new-session.ts'

type Rotate = Store['rotateSession']

function clientWith(rotateSession: Rotate, timeoutMs = 1000): { client: StoreClient; errors: [string, unknown][] } {
  const errors: [string, unknown][] = []
  const store = Object.assign(memoryStore(), { rotateSession })
  const client = new StoreClient(store, timeoutMs, (operation, error) => void errors.push([operation, error]))
  return { client, errors }
}

const rotation = {} as Parameters<Rotate>[0]
const unavailable = { code: 'store_unavailable', status: 503, headers: { 'retry-after': '1' } }

describe('StoreClient', () => {
  test('hands on what the store answers', async () => {
    const { client, errors } = clientWith(async () => ({ verdict: 'unknown' }))
    expect(await client.call('rotateSession', rotation)).toEqual({ verdict: 'unknown' })
    expect(await client.callTwice('rotateSession', rotation)).toEqual({ verdict: 'unknown' })
    expect(errors).toEqual([])
  })

  test('turns a failure of any kind into store_unavailable, and tells of it', async () => {
    const failure = new Error('the connection was lost')
    for (const method of [
      () => Promise.reject(failure),
      () => {
        throw failure
      },
    ]) {
      const { client, errors } = clientWith(method)
      await expect(client.call('rotateSession', rotation)).rejects.toMatchObject({ ...unavailable, cause: failure })
      expect(errors).toEqual([['rotateSession', failure]])
    }
  })

  test('does not wait for a store that hangs', async () => {
    const { client, errors } = clientWith(() => new Promise(() => {}), 5)
    await expect(client.call('rotateSession', rotation)).rejects.toMatchObject(unavailable)
    await expect(client.callTwice('rotateSession', rotation)).rejects.toMatchObject(unavailable)
    expect(errors.map(([, error]) => String(error))).toEqual(
      Array(2).fill('Error: The store did not answer within 5 ms'),
    )
  })

  test('tries again what may be tried again, once', async () => {
    const failures = [new Error('first')]
    const { client, errors } = clientWith(async () => {
      const failure = failures.shift()
      if (failure !== undefined) throw failure
      return { verdict: 'unknown' }
    })
    expect(await client.callTwice('rotateSession', rotation)).toEqual({ verdict: 'unknown' })
    failures.push(new Error('second'), new Error('third'), new Error('fourth'))
    await expect(client.callTwice('rotateSession', rotation)).rejects.toMatchObject(unavailable)
    expect(errors.map(([, error]) => String(error))).toEqual(['Error: first', 'Error: second', 'Error: third'])
  })

  test('ends a session that is made after the time is over', async () => {
    const store = memoryStore()
    let arrive = (): void => {}
    const arrived = new Promise<void>(resolve => {
      arrive = resolve
    })
    let tell = (_sid: string): void => {}
    const ended = new Promise<string>(resolve => {
      tell = resolve
    })
    const slow = Object.assign(Object.create(store) as Store, {
      createSession: (session: NewSession) => arrived.then(() => store.createSession(session)),
      revokeSession: async (sid: string, keepMs: number | null) => {
        const session = await store.revokeSession(sid, keepMs)
        tell(sid)
        return session
      },
    })
    const client = new StoreClient(slow, 5, () => {})
    await expect(client.createSession(newSession(), null)).rejects.toMatchObject(unavailable)
    arrive()
    expect(await ended).toBe('session-1')
    expect(await store.getSession('session-1')).toBeUndefined()
  })
})
