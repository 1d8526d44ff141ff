import { JwtError } from '../errors.ts'

/** Two values for one name: which of them counts would be the choice of an attacker who adds the other. */
export function severalValues(place: string): JwtError {
  return new JwtError('duplicate_value', `The ${place} came with several values: send one`)
}

/** @throws JwtError `duplicate_value` where they are not all the same */
export function checkSame(values: readonly string[], place: string): void {
  if (values.some(value => value !== values[0])) throw severalValues(place)
}
