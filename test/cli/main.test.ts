import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { JwtManager } from 'jwt-extended'
import { describe, expect, test } from 'vitest'
import { createSecret } from '../../src/cli/commands/secret.ts'

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname

function run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, ['--import', 'tsx', main, ...args])
}

describe('jwt-extended secret', () => {
  test('prints a secret that every HMAC algorithm takes, another one each time', async () => {
    const secret = (await run('secret')).stdout.trim()
    for (const algorithm of ['HS256', 'HS384', 'HS512'] as const)
      expect(() => new JwtManager({ algorithm, secretKey: secret })).not.toThrow()
    expect(createSecret()).not.toBe(createSecret())
  })

  test.each([[], ['sceret'], ['toString']])('says how it is used when it is called with %j', async (...args) => {
    await expect(run(...args)).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Usage: jwt-extended secret'),
    })
  })
})
