import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { skip } from './skip.ts'

/** Whether a test that needs programs can run. Where one is missing it is to be skipped, as `skip()` says. */
export function hasPrograms(...names: readonly string[]): boolean {
  const missing = names.filter(name => findOnPath(name) === undefined)
  return missing.length === 0 || skip(`${missing.join(' and ')} cannot be found on the PATH`)
}

/** The file of a program; undefined where there is none. */
export function findOnPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(isExecutable)
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
