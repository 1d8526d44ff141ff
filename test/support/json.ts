/** `levels` objects, one inside the other, as JSON text. */
export function nestObjects(levels: number): string {
  return `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`
}

/** Names that no object in a token may have. */
export const forbiddenNames = ['__proto__', 'constructor', 'prototype'] as const

/** Whether a value holds, at any level, a member that no token may have. */
export function hasForbiddenName(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const names: readonly string[] = Array.isArray(value) ? [] : Object.keys(value)
  return forbiddenNames.some(name => names.includes(name)) || Object.values(value).some(hasForbiddenName)
}
