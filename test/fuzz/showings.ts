import { format, inspect } from 'node:util'
import { JwtError } from 'jwt-extended'

/** One way to show a value, and what it looks like. */
export type Showing = readonly [way: string, text: string]

/** Every way in which a value ends up in a log or an answer. */
export async function showingsOf(value: unknown): Promise<Showing[]> {
  return [
    ['inspect', inspectAll(value, false)],
    ['inspect with what is hidden', inspectAll(value, true)],
    ['JSON.stringify', attempt(() => JSON.stringify(value))],
    ['String', attempt(() => String(value))],
    ['format', attempt(() => format('%s %o %O %d', value, value, value, value))],
    ['a structured clone', attempt(() => inspectAll(structuredClone(value), true))],
    ...membersOf(value),
    ...(value instanceof Error ? causesOf(value) : []),
    ...(value instanceof JwtError ? [await showAnswer(value)] : []),
  ]
}

function inspectAll(value: unknown, showHidden: boolean): string {
  const all = Number.POSITIVE_INFINITY
  return inspect(value, { depth: all, maxArrayLength: all, maxStringLength: all, breakLength: all, showHidden })
}

/** What a way of showing gives, or what it fails with: that is shown then. */
function attempt(show: () => unknown): string {
  try {
    return String(show())
  } catch (error) {
    return inspectAll(error, true)
  }
}

/** The members one by one, own and inherited, enumerable or not: getters too. */
function membersOf(value: unknown): Showing[] {
  if (typeof value !== 'object' || value === null) return []
  return namesOf(value).map(name => [
    `member ${String(name)}`,
    attempt(() => inspectAll(Reflect.get(value, name), true)),
  ])
}

function namesOf(value: object): PropertyKey[] {
  const names = new Set<PropertyKey>()
  for (
    let owner: object | null = value;
    owner !== null && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner)
  )
    for (const name of Reflect.ownKeys(owner)) names.add(name)
  names.delete('constructor')
  return [...names]
}

function causesOf(error: Error): Showing[] {
  const { message, stack = '', cause } = error
  const own: Showing = ['message and stack', `${message}\n${stack}`]
  return cause instanceof Error ? [own, ...causesOf(cause)] : [own, ['cause', inspectAll(cause, true)]]
}

async function showAnswer(error: JwtError): Promise<Showing> {
  const response = error.getResponse()
  return ['the answer', `${inspectAll([...response.headers], false)} ${await response.text()}`]
}
