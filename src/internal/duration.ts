/** A span of time: seconds as a number, or a number with a unit (`'30s'`, `'15m'`, `'12h'`, `'30d'`, `'2w'`). */
export type Duration = number | string

const secondsPerUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** The largest time that a `Date` can hold, in seconds: no lifetime may reach beyond it. */
export const maxSeconds = 8.64e12

/**
 * Turns a duration into seconds.
 *
 * @throws TypeError where it is no duration; a bare number in a string is refused, for it does not say 60 of what
 */
export function parseDuration(value: unknown, name: string): number {
  const seconds = typeof value === 'string' ? parseText(value, name) : value
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) {
    throw new TypeError(`${name} must be a number of seconds or a string such as '15m' or '30d'`)
  }
  if (Math.abs(seconds) > maxSeconds) throw new TypeError(`${name} reaches beyond the year 275760: give it in seconds`)
  return seconds
}

function parseText(text: string, name: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) {
    throw new TypeError(`${name} is '${text}' without a unit: write '${text}s', or the number of seconds`)
  }
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text) ?? []
  if (amount === undefined || unit === undefined) {
    throw new TypeError(`${name} is no duration: write a number and one of the units s, m, h, d, w, such as '15m'`)
  }
  return Number(amount) * (secondsPerUnit[unit] ?? Number.NaN)
}
