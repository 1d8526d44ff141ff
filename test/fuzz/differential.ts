import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { checkProperty } from './check-property.ts'
import { anyCase, type Case, writeToken } from './differential/cases.ts'
import { findReasons, type Reason, reasons } from './differential/reasons.ts'
import { type Claims, type Library, libraries, type Setup, setups } from './differential/verifiers.ts'
import { hasTime, type Search } from './search.ts'

const runsPerTurn = 100

/**
 * Tokens of all kinds, right and wrong, mostly well signed, under one configuration here and in other libraries. What is
 * accepted here is accepted by jose and jsonwebtoken, with the same claims. What one of them accepts and is refused here
 * has a reason of a closed list, found in the token.
 */
export const differential: Search = {
  name: 'differential',
  async run(budget) {
    const tally = new Tally()
    const property = fc.asyncProperty(anyCase, one => compare(one, tally))
    for (let round = 0; round === 0 || hasTime(budget); round++) {
      await checkProperty('other libraries agree', property, budget.seed + round, runsPerTurn)
    }
    return tally.toString()
  },
}

/** Where the libraries stand apart, by the reason. */
class Tally {
  tokens = 0
  accepted = 0
  /** Accepted here, which fast-jwt refuses. */
  stricterElsewhere = 0
  readonly #counts = new Map<string, number>()

  count(reason: Reason, library: Library): void {
    const cell = `${reason} ${library}`
    this.#counts.set(cell, (this.#counts.get(cell) ?? 0) + 1)
  }

  toString(): string {
    const rows = reasons.map(reason => [reason, ...libraries.map(name => this.#counts.get(`${reason} ${name}`) ?? 0)])
    const table = [['refused here for', ...libraries], ['---', ...libraries.map(() => '---:')], ...rows]
    return [
      `${this.tokens} tokens, ${this.accepted} accepted (${this.stricterElsewhere} of them not by fast-jwt); accepted elsewhere:`,
      ...table.map(cells => `| ${cells.join(' | ')} |`),
    ].join('\n')
  }
}

async function compare(one: Case, tally: Tally): Promise<void> {
  const setup = setups[one.setup] as Setup
  const token = await writeToken(one, setup)
  const found = findReasons(token, setup.expectations)
  const ours = await setup.verifyOurs(token)
  tally.tokens++
  if (ours !== undefined) tally.accepted++
  // The list is what this package promises to refuse, too.
  assert.ok(
    ours === undefined || found.length === 0,
    `accepted in spite of: ${found.join(', ')}\n${show(token, setup)}`,
  )
  for (const library of libraries) {
    const verify = setup.verifiers[library]
    if (verify !== undefined)
      checkAgreement(library, { ours, theirs: await verify(token), found }, tally, show(token, setup))
  }
}

interface Verdicts {
  readonly ours: Claims | undefined
  readonly theirs: Claims | undefined
  readonly found: readonly Reason[]
}

function checkAgreement(library: Library, { ours, theirs, found }: Verdicts, tally: Tally, shown: string): void {
  if (ours !== undefined && theirs === undefined && library === 'fast-jwt') tally.stricterElsewhere++
  else if (ours !== undefined) {
    assert.ok(theirs !== undefined, `accepted here and refused by ${library}\n${shown}`)
    assert.ok(
      isDeepStrictEqual(withoutDefaults(ours, theirs), { ...theirs }),
      `${library} reads other claims\n${shown}`,
    )
  } else if (theirs !== undefined) {
    const [reason] = found
    assert.ok(reason !== undefined, `refused here and accepted by ${library}, for no reason that is known\n${shown}`)
    tally.count(reason, library)
  }
}

/** What is filled in where the token says nothing. */
const defaults: Claims = { type: 'access', fresh: false, jti: null }

function withoutDefaults(ours: Claims, theirs: Claims): Claims {
  const isFilledIn = ([name, value]: [string, unknown]): boolean =>
    Object.hasOwn(defaults, name) && !Object.hasOwn(theirs, name) && value === defaults[name]
  return Object.fromEntries(Object.entries(ours).filter(entry => !isFilledIn(entry)))
}

function show(token: string, { name }: Setup): string {
  const texts = token
    .split('.')
    .slice(0, 2)
    .map(segment => Buffer.from(segment, 'base64url').toString('utf8').slice(0, 500))
  return [`under ${name}:`, ...texts, token.slice(0, 2000)].join('\n')
}
