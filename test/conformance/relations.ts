import { isDeepStrictEqual } from 'node:util'
import type { CorpusCase, JsonObject } from './corpus.ts'
import type { Outcome } from './model.ts'

/** Changes of a case that must change nothing about what becomes of it. */
export const relations: Readonly<Record<string, (testCase: CorpusCase) => CorpusCase>> = {
  'a header, a cookie and a parameter that nobody reads': testCase =>
    withRequest(testCase, ({ headers = [], cookies, query = [], ...request }) => ({
      ...request,
      headers: [['X-Unread', 'Bearer x'], ...headers],
      cookies: { unread: 'x', ...cookies },
      query: [['unread', 'x'], ...query],
    })),
  'the order of headers': testCase =>
    withRequest(testCase, request => ({ ...request, headers: [...(request.headers ?? [])].reverse() })),
  'the case of header names': testCase =>
    withRequest(testCase, request => ({
      ...request,
      headers: (request.headers ?? []).map(([name, value]) => [name.toLowerCase(), value] as const),
    })),
  'the order of settings, loaders and requirements': testCase => ({
    ...testCase,
    config: reverse(testCase.config),
    loaders: reverse(testCase.loaders ?? {}),
    route: reverse({ ...testCase.route }),
  }),
  'the name of the message': testCase => ({
    ...testCase,
    config: { ...testCase.config, JWT_ERROR_MESSAGE_KEY: messageKeyOf(testCase) === 'words' ? 'msg' : 'words' },
  }),
}

/** Says what differs where nothing may, or undefined. The name of the message may, where there is one. */
export function findEffect(before: Outcome, after: Outcome): string | undefined {
  if (before.cause !== after.cause) return `the cause is ${after.cause} and not ${before.cause}`
  if (before.status !== after.status) return `the status is ${after.status} and not ${before.status}`
  const [left, right] = [before, after].map(({ cause, json }) => (cause === null ? json : Object.values(json ?? {})))
  return isDeepStrictEqual(left, right) ? undefined : 'the body is another'
}

type Request = NonNullable<CorpusCase['request']>

function withRequest(testCase: CorpusCase, change: (request: Request) => Request): CorpusCase {
  return { ...testCase, request: change(testCase.request ?? { method: 'GET', path: '/protected' }) }
}

function reverse(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).reverse())
}

function messageKeyOf({ config }: CorpusCase): unknown {
  return config['JWT_ERROR_MESSAGE_KEY'] ?? 'msg'
}
