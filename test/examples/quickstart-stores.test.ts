import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { findPostgres, startPostgres } from '../support/postgres-server.ts'
import { hasPrograms } from '../support/programs.ts'
import { startRedis } from '../support/redis-server.ts'
import { startExample } from './run-example.ts'

const folder = mkdtempSync(join(tmpdir(), 'demo-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Logs in, starts the demo again, logs out, and starts it once more. */
async function surviveRestarts(environment: Readonly<Record<string, string>>, store: string): Promise<void> {
  const within = async (body: (ask: Ask) => Promise<void>): Promise<void> => {
    const demo = await startExample('quickstart', { DEMO_DATA: folder, ...environment })
    try {
      expect(demo.output).toContain(`Sessions are kept in ${store}`)
      await body((method, path, token, json) => send(demo.origin + path, method, token, json))
    } finally {
      await demo.stop()
    }
  }
  let access = ''
  let refresh = ''
  await within(async ask => {
    const login = await ask('POST', '/login', undefined, { username: 'test', password: 'test' })
    refresh = String(login['refresh_token'])
  })
  await within(async ask => {
    const next = await ask('POST', '/refresh', refresh)
    access = String(next['access_token'])
    expect(await ask('GET', '/protected', access)).toEqual({ logged_in_as: 'test' })
    expect(await ask('DELETE', '/logout', access)).toEqual({ msg: 'Logged out' })
  })
  await within(async ask => {
    expect(await ask('GET', '/protected', access)).toMatchObject({ code: 'token_revoked' })
  })
}

type Ask = (method: string, path: string, token?: string, json?: object) => Promise<Record<string, unknown>>

async function send(url: string, method: string, token?: string, json?: object): Promise<Record<string, unknown>> {
  const headers = {
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    ...(json !== undefined && { 'Content-Type': 'application/json' }),
  }
  const reply = await fetch(url, { method, headers, ...(json !== undefined && { body: JSON.stringify(json) }) })
  return (await reply.json()) as Record<string, unknown>
}

describe('the demo', { timeout: 60_000 }, () => {
  test.runIf(hasPrograms('redis-server'))('keeps its sessions in Redis where REDIS_URL is set', async () => {
    const redis = await startRedis()
    try {
      await surviveRestarts({ REDIS_URL: redis.url }, 'redis')
    } finally {
      await redis.stop()
    }
  })

  const programs = findPostgres()
  test.runIf(programs !== false)('keeps its sessions in Postgres where DATABASE_URL is set', async () => {
    const postgres = await startPostgres(programs || '')
    try {
      await surviveRestarts({ DATABASE_URL: postgres.connectionString }, 'postgres')
    } finally {
      await postgres.stop()
    }
  })
})
