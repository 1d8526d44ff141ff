import { describe, expect, test } from 'vitest'
import { type CorpusCase, type JsonObject, readCorpus, readKeys } from './corpus.ts'
import { findBroken, invariants } from './invariants.ts'
import type { Outcome } from './model.ts'
import { recordedOutcome } from './observe.ts'
import { odd, oddityOfTokens, tokenTexts } from './oddity.ts'

const keys = readKeys()
const recordings = readCorpus().filter(({ action = 'request' }) => action === 'request')

interface Exception {
  readonly why: string
  readonly holds: (testCase: CorpusCase) => boolean
  readonly broken: readonly string[]
}

/** Recordings that break an invariant: why, and which. */
const exceptions: readonly Exception[] = [
  {
    why: 'the reference falls over, or is not configured',
    holds: ({ tags = [] }) => tags.includes('crash') || tags.includes('config_error'),
    broken: ['no answer is a 5xx', 'a cause has one status and one body, or those of the application'],
  },
  {
    why: 'the reference takes a boolean for a time',
    holds: testCase => oddityOfTokens(testCase) === odd.time,
    broken: ['only what has expired is said to have expired'],
  },
  {
    why: 'the reference reads what is no token, or not in its place, by other rules',
    holds: ({ tags = [] }) => tags.includes('lenient') || tags.includes('non_ascii_header'),
    broken: ['no identity without a token that verifies'],
  },
]

describe('the invariants', () => {
  const broken = recordings.flatMap(testCase =>
    findBroken(testCase, recordedOutcome(testCase), keys).map(name => ({ testCase, name })),
  )
  const isKnown = (testCase: CorpusCase, name: string): boolean =>
    exceptions.some(exception => exception.holds(testCase) && exception.broken.includes(name))

  test('hold in every recording, but for those with a known reason', () => {
    const unknown = broken.filter(({ testCase, name }) => !isKnown(testCase, name))
    expect(unknown.map(({ testCase, name }) => `${testCase.id}: ${name}`)).toEqual([])
    const unused = exceptions.filter(({ holds }) => !broken.some(({ testCase }) => holds(testCase)))
    expect(unused.map(({ why }) => why)).toEqual([])
    expect(new Set(broken.map(({ testCase }) => testCase.id)).size / recordings.length).toBeLessThan(0.08)
  })

  const find = (id: string): CorpusCase => {
    const found = recordings.find(testCase => testCase.id === id)
    if (found === undefined) throw new Error(`there is no recording ${id}`)
    return found
  }
  const refused = (cause: string, status: number): Outcome => ({ cause, status, json: { msg: 'no' } })
  const passed = (members: JsonObject): Outcome => ({
    cause: null,
    status: 200,
    json: { identity: null, claims: {}, header: {}, location: null, user: null, ...members },
  })
  /** As if the token of a request had not been checked. */
  const opened = (id: string, members: JsonObject = {}): Outcome => {
    const [token = ''] = tokenTexts(find(id))
    const [header, claims] = token
      .split('.')
      .slice(0, 2)
      .map(segment => JSON.parse(Buffer.from(segment, 'base64url').toString()))
    return passed({ identity: claims.sub, claims, header, location: 'headers', ...members })
  }
  const wrong: Readonly<Record<string, readonly [string, Outcome]>> = {
    'no answer is a 5xx': ['headers/valid', refused('Error', 500)],
    'a cause has one status and one body, or those of the application': [
      'headers/only-comma',
      refused('NoAuthorizationError', 403),
    ],
    'OPTIONS is never checked': ['options_method/fresh', refused('NoAuthorizationError', 401)],
    'no identity without a token that verifies': [
      'csrf/bad-signature-right-value',
      opened('csrf/bad-signature-right-value', { location: 'cookies' }),
    ],
    'only an optional route is passed without a token': ['headers/only-comma', passed({})],
    'nobody is anonymous with claims, a header or a user': ['optional/no-token', passed({ identity: 'alice' })],
    'what is in a token is told of a genuine one alone': [
      'csrf/bad-signature-right-value',
      refused('RevokedTokenError', 401),
    ],
    'only what has expired is said to have expired': ['headers/valid', refused('ExpiredSignatureError', 401)],
    'nothing that has expired passes': ['time/expired', opened('time/expired')],
    'the identity is the claim that is configured': ['headers/valid', opened('headers/valid', { identity: 'bob' })],
    'a token of the other kind opens nothing': [
      'headers/refresh-on-access-route',
      opened('headers/refresh-on-access-route'),
    ],
    'a fresh route opens to fresh tokens alone': ['fresh/false', opened('fresh/false')],
    'nothing that is revoked passes': ['revocation/by-subject', opened('revocation/by-subject')],
    'nothing that the application rejects passes': ['verification/claim-missing', opened('verification/claim-missing')],
    'no user is made up': ['user_lookup/unknown', opened('user_lookup/unknown', { user: { id: 1 } })],
    'a cookie acts with its CSRF value alone': ['csrf/post-wrong', opened('csrf/post-wrong', { location: 'cookies' })],
    'a token is only found where it is looked for': ['headers/valid', opened('headers/valid', { location: 'json' })],
  }

  test.each(Object.entries(wrong))('%s: is broken by a wrong outcome', (name, [id, outcome]) => {
    expect(findBroken(find(id), recordedOutcome(find(id)), keys)).toEqual([])
    expect(findBroken(find(id), outcome, keys)).toContain(name)
  })

  test('each have a wrong outcome that breaks them', () => {
    expect(Object.keys(wrong).sort()).toEqual(Object.keys(invariants).sort())
  })
})
