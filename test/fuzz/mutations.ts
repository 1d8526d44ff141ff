import { JwtError, JwtManager } from 'jwt-extended'
import { requestOf } from '../request/support.ts'
import { now } from '../support/configure.ts'
import { type KeyName, keyNames, keysOf } from './attack-keys.ts'
import { countEdits, type Editable, editToken, firstEdits } from './edits.ts'
import { type Budget, type Search, tryEach } from './search.ts'

/** A token to edit, and two ways to have the outcome judged. */
export interface Subject extends Editable {
  readonly name: string
  verify(token: string): Promise<unknown>
  authenticate(authorization: string): Promise<unknown>
}

const sizes: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  small: {},
  large: { name: 'Ada Lovelace', roles: ['reader', 'writer', 'admin'], tenant: { id: 42, plan: 'team', open: true } },
}

/** The first edits, and one of so many others, also come in an `Authorization` header: no divisor of the alphabet. */
const perRequest = 11

/** Every change of one character, and some larger ones, of valid tokens: none is accepted. */
export const mutations: Search = {
  name: 'mutations',
  run: async budget => withoutStacks(async () => searchEdits(await createSubjects(), budget)),
}

/** Tries the edits of all tokens in random order, after the few that each has to be tried with. */
export async function searchEdits(subjects: readonly Subject[], budget: Budget): Promise<string> {
  const total = subjects.reduce((sum, { token }) => sum + countEdits(token), 0)
  let sent = 0
  const attempt = async (index: number): Promise<void> => {
    const [subject, number] = locate(subjects, index)
    const { how, text } = editToken(subject, number)
    if (text === subject.token || text === subject.sibling) return
    const words = `${how} of the token ${subject.name}`
    expectRefusal(await outcomeOf(subject.verify(text)), ['token_invalid'], { words, text, subject })
    // Blanks around a header's value, and empty members of a list, are no part of it (RFC 9110 sections 5.5 and 5.6.1).
    const isSent = number < firstEdits || index % perRequest === 0
    if (!isSent || text.replaceAll(/^[ \t,]+|[ \t,]+$/g, '') === subject.token) return
    sent++
    const codes = ['token_invalid', 'header_malformed', ...(text.trim() === '' ? ['token_missing'] : [])]
    const outcome = await outcomeOf(subject.authenticate(`Bearer ${text}`))
    expectRefusal(outcome, codes, { words: `${words}, in the header`, text, subject })
  }
  for (const start of startsOf(subjects))
    for (let number = 0; number < firstEdits; number++) await attempt(start + number)
  const tried = await tryEach(total, budget, attempt)
  return `${tried} edits of ${subjects.length} tokens refused, ${sent} of them in a header too`
}

/** Half of the time that a refusal takes goes into its stack. */
async function withoutStacks<Result>(work: () => Promise<Result>): Promise<Result> {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return await work()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** The number of the first edit of each token. */
function startsOf(subjects: readonly Subject[]): number[] {
  let start = 0
  return subjects.map(({ token }) => {
    const own = start
    start += countEdits(token)
    return own
  })
}

function locate(subjects: readonly Subject[], index: number): [Subject, number] {
  let number = index
  for (const subject of subjects) {
    const count = countEdits(subject.token)
    if (number < count) return [subject, number]
    number -= count
  }
  throw new RangeError(`there is no edit ${index}`)
}

/** What was thrown; undefined where the token was accepted. */
async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
    return undefined
  } catch (error) {
    return error ?? 'a thrown undefined'
  }
}

// Any other code would tell that the signature had been taken for right.
function expectRefusal(
  outcome: unknown,
  codes: readonly string[],
  { words, text, subject }: { readonly words: string; readonly text: string; readonly subject: Subject },
): void {
  if (outcome instanceof JwtError && codes.includes(outcome.code)) return
  const shown = outcome instanceof JwtError ? outcome.code : String(outcome)
  throw new Error(
    `${outcome === undefined ? 'accepted' : `answered by ${shown}`}: ${words}\n  token:  ${subject.token}\n  edited: ${JSON.stringify(text)}`,
    { cause: outcome },
  )
}

/** The tokens to edit: of six algorithms, each in two sizes. */
export async function createSubjects(): Promise<Subject[]> {
  const subjects: Subject[] = []
  for (const algorithm of Object.keys(keyNames) as KeyName[]) {
    const jwt = new JwtManager({ ...keysOf(algorithm), algorithm, clock: () => now * 1000 })
    for (const [size, claims] of Object.entries(sizes))
      subjects.push(await createSubject(jwt, { name: `${algorithm}, ${size} (key ${keyNames[algorithm]})`, claims }))
  }
  return subjects
}

async function createSubject(
  jwt: JwtManager,
  { name, claims }: { readonly name: string; readonly claims: Readonly<Record<string, unknown>> },
): Promise<Subject> {
  const token = await jwt.createAccessToken('alice', { claims })
  // With a header of its own, or to exchange the headers would change nothing.
  const sibling = await jwt.createAccessToken('bob', { claims, fresh: true, headers: { kid: 'sibling' } })
  await Promise.all([token, sibling].map(valid => jwt.verifyToken(valid)))
  return {
    name,
    token,
    sibling,
    verify: edited => jwt.verifyToken(edited),
    authenticate: authorization => jwt.authenticate(requestOf({ headers: { authorization } })),
  }
}
