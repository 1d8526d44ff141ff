import { fullPace, type Pace, quickPace } from './race.ts'

/** How thoroughly is measured. */
export interface Settings {
  /** Says whether it works, not how fast it is. */
  readonly isQuick: boolean
  /** Whether mitata and autocannon are to measure the same. */
  readonly isCrossChecked: boolean
  readonly pace: Pace
}

export function settingsFor(isQuick: boolean, isCrossChecked: boolean): Settings {
  return { isQuick, isCrossChecked, pace: isQuick ? quickPace : fullPace }
}
