import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { skip } from './skip.ts'

/** Whether a test that needs programs can run. Where one is missing it is to be skipped, as `skip()` says. */
export function hasPrograms(...names: readonly string[]): boolean {
  const missing = names.filter(name => !isOnPath(name))
  return missing.length === 0 || skip(`${missing.join(' and ')} cannot be found on the PATH`)
}

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => isExecutable(join(folder, name)))
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
