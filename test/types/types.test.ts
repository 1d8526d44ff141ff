import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const root = new URL('../..', import.meta.url)

function compile(project: string): Promise<{ stdout: string }> {
  return promisify(execFile)('node_modules/.bin/tsc', ['-p', project, '--noEmit', '--pretty', 'false'], {
    cwd: root.pathname,
  })
}

describe('the types', () => {
  test('are inferred as the files of this folder expect', { timeout: 60_000 }, async () => {
    await expect(compile('test/types/tsconfig.json')).resolves.toMatchObject({ stdout: '' })
  })

  test('are checked for real: a wrong expectation does not compile', { timeout: 60_000 }, async () => {
    const folder = new URL('node_modules/.cache/types/', root)
    await promisify(execFile)('mkdir', ['-p', folder.pathname])
    const config = { extends: '../../../tsconfig.json', include: ['wrong.ts'], compilerOptions: { types: ['node'] } }
    await writeFile(new URL('tsconfig.json', folder), JSON.stringify(config))
    await writeFile(
      new URL('wrong.ts', folder),
      `import { JwtManager } from 'jwt-extended'\nexport const user: string = new JwtManager({ userLookup: () => 1 }).current().user\n`,
    )
    await expect(compile('node_modules/.cache/types/tsconfig.json')).rejects.toMatchObject({
      stdout: expect.stringContaining(`Type 'number' is not assignable to type 'string'`),
    })
  })
})
