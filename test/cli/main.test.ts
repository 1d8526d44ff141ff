import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { JwtManager } from 'jwt-extended'
import { sqliteSchema } from 'jwt-extended/stores'
import { describe, expect, test } from 'vitest'
import { printSchema } from '../../src/cli/commands/schema.ts'
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
    expect(createSecret([])).not.toBe(createSecret([]))
  })

  test.each(['extra', '--bytes', '-x'])('takes no argument such as %s', async argument => {
    expect(() => createSecret([argument])).toThrow(TypeError)
    await expect(run('secret', argument)).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`'${argument}'.*\n\nUsage: `)),
    })
  })

  test.each([[], ['sceret'], ['toString']])('says how it is used when it is called with %j', async (...args) => {
    await expect(run(...args)).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Usage: jwt-extended secret'),
    })
  })
})

describe('jwt-extended schema', () => {
  test('prints the tables of a store', async () => {
    expect((await run('schema', 'sqlite', '--prefix', 'app')).stdout).toBe(sqliteSchema({ prefix: 'app' }))
    expect(`${printSchema(['sqlite'])}\n`).toBe(sqliteSchema())
  })

  test.each([
    { args: [], message: 'There is no schema ""; expected ' },
    { args: ['toString'], message: 'There is no schema "toString"; expected ' },
    { args: ['sqlite', 'app'], message: 'There is no schema "sqlite app"; expected ' },
    { args: ['sqlite', '--prefix', 'a;b'], message: 'prefix is "a;b"; expected a letter' },
    { args: ['sqlite', '--name', 'app'], message: "Unknown option '--name'" },
  ])('says what is wrong with $args', ({ args, message }) => {
    expect(() => printSchema(args)).toThrow(message)
  })

  test('says how it is used when it is called with what is wrong', async () => {
    await expect(run('schema', 'mysql')).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^There is no schema "mysql"; expected .*\n\nUsage: /),
    })
  })
})
