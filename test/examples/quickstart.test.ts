import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasPrograms } from '../support/programs.ts'
import { type RunningExample, runExample, startExample } from './run-example.ts'

const folder = mkdtempSync(join(tmpdir(), 'demo-'))
let demo: RunningExample

beforeAll(async () => {
  demo = await startExample('quickstart', { DEMO_DATA: folder })
}, 20_000)

afterAll(async () => {
  await demo.stop()
  rmSync(folder, { recursive: true })
})

async function call(path: string, init: RequestInit = {}): Promise<{ status: number; body: Record<string, string> }> {
  const reply = await fetch(demo.origin + path, init)
  return { status: reply.status, body: (await reply.json()) as Record<string, string> }
}

function logIn(username: unknown, password: unknown): ReturnType<typeof call> {
  const headers = { 'Content-Type': 'application/json' }
  return call('/login', { method: 'POST', headers, body: JSON.stringify({ username, password }) })
}

function bearer(token: string | undefined): RequestInit {
  return { headers: { Authorization: `Bearer ${token}` } }
}

describe('the demo', () => {
  test('says where its secret and its sessions are', () => {
    expect(demo.output.match(/JWT_SECRET_KEY is not set: using the secret in/g)).toHaveLength(1)
    expect(demo.output).toContain('Sessions are kept in sqlite')
    expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600)
  })

  test('gives tokens to both of its users and refuses everybody else', async () => {
    expect(Object.keys((await logIn('test', 'test')).body)).toEqual([
      'access_token',
      'token_type',
      'expires_in',
      'refresh_token',
    ])
    expect((await logIn('testuser', 'testpass')).status).toBe(200)
    for (const wrong of [
      ['test', 'testpass'],
      ['nobody', 'x'],
      [['test'], 'test'],
      [null, null],
      ['__proto__', undefined],
    ]) {
      expect(await logIn(wrong[0], wrong[1])).toEqual({ status: 401, body: { msg: 'Bad username or password' } })
    }
    expect((await call('/login', { method: 'POST' })).status).toBe(401)
  })

  test('keeps sessions and revocations when it is started again', async () => {
    const { refresh_token: kept } = (await logIn('test', 'test')).body
    const { access_token: ended } = (await logIn('test', 'test')).body
    expect((await call('/logout', { method: 'DELETE', ...bearer(ended) })).body).toEqual({ msg: 'Logged out' })
    await demo.stop()
    demo = await startExample('quickstart', { DEMO_DATA: folder })
    expect((await call('/protected', bearer(ended))).body['code']).toBe('token_revoked')
    const next = (await call('/refresh', { method: 'POST', ...bearer(kept) })).body
    expect((await call('/protected', bearer(next['access_token']))).body).toEqual({ logged_in_as: 'test' })
  })

  test('ends every session of a user at once', async () => {
    const first = (await logIn('testuser', 'testpass')).body
    const second = (await logIn('testuser', 'testpass')).body
    const { sessions } = (await call('/sessions', bearer(second['access_token']))).body as unknown as {
      sessions: { ip: string; current: boolean }[]
    }
    expect(sessions.filter(({ current }) => current)).toHaveLength(1)
    expect(sessions.every(({ ip }) => ip.endsWith('127.0.0.1'))).toBe(true)
    await call('/logout-everywhere', { method: 'POST', ...bearer(second['access_token']) })
    expect((await call('/refresh', { method: 'POST', ...bearer(first['refresh_token']) })).body['code']).toBe(
      'token_revoked',
    )
  })

  test('refuses a weak secret with the remedy, and an empty one', async () => {
    expect(await runExample('quickstart', { DEMO_DATA: folder, JWT_SECRET_KEY: 'secret' })).toEqual({
      status: 1,
      output:
        'secretKey is 6 bytes; HS256 needs at least 32 (RFC 7518 section 3.2). Generate one with: npx jwt-extended secret\n',
    })
    expect((await runExample('quickstart', { DEMO_DATA: folder, JWT_SECRET_KEY: '' })).output).toContain(
      'secretKey is empty',
    )
  })

  test('says what is wrong when its port is taken', async () => {
    const { status, output } = await runExample('quickstart', { DEMO_DATA: folder, PORT: new URL(demo.origin).port })
    expect(status).toBe(1)
    expect(output).toContain('EADDRINUSE')
  })

  test.runIf(hasPrograms('bash', 'curl'))('answers every step of the README as the README says', async () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const steps = [...readme.matchAll(/```sh\n(.*?)```\s+```\n(.*?)```/gs)]
    expect(steps.length).toBeGreaterThan(5)
    const script = steps.map(([, commands = '']) => `${commands}\necho; echo ==`).join('\n')
    const { stdout } = await promisify(execFile)('bash', [
      '-c',
      script.replaceAll('http://127.0.0.1:5000', demo.origin),
    ])
    const printed = stdout.split('==\n').map(text => text.trim())
    steps.forEach(([, , expected = ''], index) => {
      const pattern = expected.trim().split('eyJ...').map(escapeText).join('eyJ[\\w.-]+')
      expect(printed[index]).toMatch(new RegExp(`^${pattern}$`))
    })
  })
})

function escapeText(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
