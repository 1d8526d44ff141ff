import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasPrograms } from '../support/programs.ts'
import { type RunningExample, runExample, startExample } from './run-example.ts'

let demo: RunningExample

beforeAll(async () => {
  demo = await startExample('quickstart')
}, 20_000)

afterAll(() => demo.stop())

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
  test('says in one line that it made a secret for this run', () => {
    expect(demo.output.match(/JWT_SECRET_KEY is not set/g)).toHaveLength(1)
  })

  test('gives tokens to both of its users and refuses everybody else', async () => {
    expect(Object.keys((await logIn('test', 'test')).body)).toEqual(['access_token', 'refresh_token'])
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

  test('revokes the refresh token, too, when it is asked with it', async () => {
    const { refresh_token: token } = (await logIn('test', 'test')).body
    expect((await call('/refresh', { method: 'POST', ...bearer(token) })).status).toBe(200)
    expect((await call('/logout', { method: 'DELETE', ...bearer(token) })).body).toEqual({
      msg: 'refresh token revoked',
    })
    expect((await call('/refresh', { method: 'POST', ...bearer(token) })).body['code']).toBe('token_revoked')
  })

  test('refuses a weak secret with the remedy, and an empty one', async () => {
    expect(await runExample('quickstart', { JWT_SECRET_KEY: 'secret' })).toEqual({
      status: 1,
      output:
        'secretKey is 6 bytes; HS256 needs at least 32 (RFC 7518 section 3.2). Generate one with: npx jwt-extended secret\n',
    })
    expect((await runExample('quickstart', { JWT_SECRET_KEY: '' })).output).toContain('secretKey is empty')
  })

  test('says what is wrong when its port is taken', async () => {
    const { status, output } = await runExample('quickstart', { PORT: new URL(demo.origin).port })
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
