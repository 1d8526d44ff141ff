import { type Duration, parseDuration } from '../internal/duration.ts'

/** A point in time: a `Date`, or ISO 8601 text such as `'2030-01-01'` (in UTC) or `'2030-01-01T09:30:00Z'`. */
export type PointInTime = Date | string

/** A clock that stands still until it is told otherwise. Pass it to a manager as its option `clock`. */
export interface FixedClock {
  /** Milliseconds since 1970. */
  (): number
  /**
   * Moves the clock on; by a negative number of seconds, back.
   *
   * @throws TypeError at what is no duration
   */
  advance(duration: Duration): void
  /**
   * Sets the clock to a point in time.
   *
   * @throws TypeError at what is no point in time
   */
  set(time: PointInTime): void
}

/**
 * Makes a clock that stands still, so that a test decides when a token expires.
 *
 * ```ts
 * const clock = fixedClock('2030-01-01T09:00:00Z')
 * const jwt = new JwtManager({ secretKey, clock })
 * clock.advance('15m')
 * ```
 *
 * @throws TypeError where `start` is no point in time
 */
export function fixedClock(start: PointInTime = '2030-01-01T00:00:00Z'): FixedClock {
  let now = readTime(start, 'start')
  return Object.assign(() => now, {
    advance(duration: Duration): void {
      now = checkRange(now + Math.round(parseDuration(duration, 'duration') * 1000), 'duration')
    },
    set(time: PointInTime): void {
      now = readTime(time, 'time')
    },
  })
}

// Text without a zone is local time in JavaScript: the test would depend on the machine that it runs on.
const isoTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/

function readTime(time: unknown, name: string): number {
  if (time instanceof Date) return checkRange(time.getTime(), name)
  // A number would not say whether it counts seconds or milliseconds.
  if (typeof time !== 'string' || !isoTime.test(time)) {
    throw new TypeError(`${name} must be a Date, or text with a time zone such as '2030-01-01T09:30:00Z'`)
  }
  return checkRange(Date.parse(time), name)
}

function checkRange(milliseconds: number, name: string): number {
  if (Number.isNaN(new Date(milliseconds).getTime())) throw new TypeError(`${name} leads to no date that exists`)
  return milliseconds
}
