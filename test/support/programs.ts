import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Whether a test that needs programs can run. Where one is missing it is to be skipped, and the reason is printed; with
 * REQUIRE_SERVICES=1, as in CI, that is an error.
 */
export function hasPrograms(...names: readonly string[]): boolean {
  const missing = names.filter(name => !isOnPath(name))
  if (missing.length === 0) return true
  const reason = `${missing.join(' and ')} cannot be found on the PATH`
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(`${reason}, and REQUIRE_SERVICES=1`)
  process.stderr.write(`skipped: ${reason}\n`)
  return false
}

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => isExecutable(join(folder, name)))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
