import fc from 'fast-check'
import { hasForbiddenName } from '../../support/json.ts'

/** A value of JSON, as a claim may have it. */
export function claimValue(maxDepth: number): fc.Arbitrary<unknown> {
  return fc.jsonValue({ maxDepth, stringUnit: 'grapheme' }).filter(value => !hasForbiddenName(value))
}
