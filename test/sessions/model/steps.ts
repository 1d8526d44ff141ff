import fc from 'fast-check'

/** Users and what there is of them are chosen by numbers, of which the rest counts. */
export type Step =
  | { readonly do: 'create'; readonly user: number }
  | { readonly do: 'issue'; readonly user: number; readonly kind: 'access' | 'refresh' }
  | { readonly do: 'rotate'; readonly session: number; readonly back: number; readonly times: number }
  | { readonly do: 'revoke'; readonly session: number }
  | { readonly do: 'revokeAll'; readonly user: number; readonly except: number | null }
  | { readonly do: 'invalidateAccess'; readonly user: number }
  | { readonly do: 'revokeToken'; readonly token: number }
  | { readonly do: 'revokeEverythingBefore'; readonly ago: number }
  | { readonly do: 'list'; readonly user: number }
  | { readonly do: 'check'; readonly token: number }
  | { readonly do: 'wait'; readonly ms: number }

export interface Scenario {
  /** Seconds. */
  readonly rules: { readonly grace: number; readonly minRotation: number }
  readonly steps: readonly Step[]
}

export const users = ['ada', 'bob'] as const

const user = fc.nat({ max: users.length - 1 })
const number = fc.nat({ max: 30 })
const spans = [1, 999, 1000, 29_999, 30_000, 30_001, 61_000, 300_000, 899_000, 900_000, 3_599_999, 3_600_000]

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('create' as const), user }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('issue' as const), user, kind: fc.constantFrom('access', 'refresh') }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('rotate' as const),
      session: number,
      // The current token, the last one or an older one.
      back: fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3),
      times: fc.constantFrom(1, 1, 1, 3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revoke' as const), session: number }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('revokeAll' as const), user, except: fc.option(number) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('invalidateAccess' as const), user }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revokeToken' as const), token: number }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('revokeEverythingBefore' as const),
      ago: fc.constantFrom(0, 0, 1, 30_000, -2000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('list' as const), user }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('check' as const), token: number }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(...spans) }) },
)

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  rules: fc.constantFrom(
    { grace: 30, minRotation: 30 },
    { grace: 30, minRotation: 0 },
    { grace: 0, minRotation: 0 },
    { grace: 60, minRotation: 10 },
  ),
  steps: fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
})
