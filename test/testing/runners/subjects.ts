import type { AdapterHarness } from 'jwt-extended/testing'
import { fetchHarness } from '../../adapters/harness/fetch.ts'

/** Adapters for the contract: one that is right, and one that never checks the CSRF value. */
export const subjects = {
  right: fetchHarness,
  wrong: {
    ...fetchHarness,
    start: (options, routes) => fetchHarness.start({ ...options, csrf: false }, routes),
  },
} as const satisfies Record<string, AdapterHarness>

export type Subject = keyof typeof subjects

/** The adapter that the environment variable `SUBJECT` names. */
export function chosenSubject(): AdapterHarness {
  const { SUBJECT } = process.env
  if (SUBJECT !== 'right' && SUBJECT !== 'wrong') throw new Error('SUBJECT must be right or wrong')
  return subjects[SUBJECT]
}
