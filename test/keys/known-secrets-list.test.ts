import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const script = 'scripts/pack-known-secrets.mjs'
const source = 'test/attacks/weak-secrets.json'
const list = 'src/keys/known-secrets-list.ts'

test('is what the script packs from the list of weak secrets', () => {
  const copy = mkdtempSync(join(tmpdir(), 'known-secrets-'))
  try {
    for (const path of [script, source]) cpSync(join(root, path), join(copy, path))
    mkdirSync(join(copy, 'src/keys'), { recursive: true })
    execFileSync(process.execPath, [join(copy, script)])
    expect(readFileSync(join(copy, list), 'utf8')).toBe(readFileSync(join(root, list), 'utf8'))
  } finally {
    rmSync(copy, { recursive: true })
  }
})
