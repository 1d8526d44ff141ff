import { checkProperty } from './check-property.ts'
import { answerProperties } from './properties/answers.ts'
import { cookieProperties } from './properties/cookies.ts'
import { csrfProperties } from './properties/csrf.ts'
import { flaskProperties } from './properties/flask.ts'
import { guardProperties } from './properties/guards.ts'
import { internalProperties } from './properties/internal.ts'
import { keyProperties } from './properties/keys.ts'
import { locationProperties } from './properties/locations.ts'
import { optionProperties } from './properties/options.ts'
import type { Properties } from './properties/property.ts'
import { sessionProperties } from './properties/sessions.ts'
import { tokenProperties } from './properties/tokens.ts'
import { hasTime, type Search } from './search.ts'

/** What holds whatever the input is, by what it says. */
const topics: Readonly<Record<string, Properties>> = {
  tokens: tokenProperties,
  keys: keyProperties,
  internal: internalProperties,
  locations: locationProperties,
  csrf: csrfProperties,
  guards: guardProperties,
  answers: answerProperties,
  cookies: cookieProperties,
  sessions: sessionProperties,
  options: optionProperties,
  flask: flaskProperties,
}

const all = Object.entries(topics).flatMap(([topic, properties]) =>
  Object.entries(properties).map(([name, property]) => [`${topic}: ${name}`, property] as const),
)

/** So few at first that each property has its turn in the shortest time. */
const runsPerTurn = { first: 5, later: 50 }

/** Takes one property after the other, again and again, each time with other inputs. */
export const properties: Search = {
  name: 'properties',
  async run(budget) {
    let runs = 0
    // One that does not hold takes no other one's turn.
    const faults = new Map<string, unknown>()
    for (let round = 0; round === 0 || hasTime(budget); round++) {
      for (const [name, property] of all) {
        if (round > 0 && !hasTime(budget)) break
        if (faults.has(name)) continue
        const turn = runsPerTurn[round === 0 ? 'first' : 'later']
        runs += await checkProperty(name, property, budget.seed + round, turn).catch((fault: unknown) => {
          faults.set(name, fault)
          return 0
        })
      }
    }
    if (faults.size > 0) throw new Error([...faults.values()].join('\n\n'))
    return `${all.length} properties held in ${runs} runs`
  },
}
