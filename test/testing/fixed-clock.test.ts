import { JwtManager } from 'jwt-extended'
import { fixedClock } from 'jwt-extended/testing'
import { describe, expect, test } from 'vitest'
import { strongSecret } from '../support/configure.ts'
import { refusalOf, thrownMistakeOf } from '../support/refusals.ts'

const read = (clock: () => number): string => new Date(clock()).toISOString()

describe('fixedClock', () => {
  test('stands still at its start, and at the beginning of 2030 without one', async () => {
    expect(read(fixedClock())).toBe('2030-01-01T00:00:00.000Z')
    const clock = fixedClock('2031-05-06T07:08:09Z')
    const before = clock()
    await new Promise(resolve => setTimeout(resolve, 5))
    expect([clock(), read(clock)]).toEqual([before, '2031-05-06T07:08:09.000Z'])
  })

  test.each([
    ['2031-05-06', '2031-05-06T00:00:00.000Z'],
    ['2031-05-06T07:08Z', '2031-05-06T07:08:00.000Z'],
    ['2031-05-06T07:08:09.5+02:00', '2031-05-06T05:08:09.500Z'],
    [new Date(86_400_000), '1970-01-02T00:00:00.000Z'],
  ])('starts at %s, and can be set to it', (time, expected) => {
    expect(read(fixedClock(time))).toBe(expected)
    const clock = fixedClock()
    clock.set(time)
    expect(read(clock)).toBe(expected)
  })

  test.each([
    ['15m', '2030-01-01T00:15:00.000Z'],
    ['2w', '2030-01-15T00:00:00.000Z'],
    [90, '2030-01-01T00:01:30.000Z'],
    [0.0015, '2030-01-01T00:00:00.002Z'],
    [-1, '2029-12-31T23:59:59.000Z'],
  ])('advances by %s', (duration, expected) => {
    const clock = fixedClock()
    clock.advance(duration)
    expect(read(clock)).toBe(expected)
  })

  test('advances from where it has been advanced to', () => {
    const clock = fixedClock()
    clock.advance('1h')
    clock.advance('1h')
    expect(read(clock)).toBe('2030-01-01T02:00:00.000Z')
  })

  test.each(['2031-05-06T07:08:09', '6 May 2031', '2031-13-01', '', 1_800_000_000, new Date(Number.NaN), undefined])(
    'refuses %s as a time, and stays where it is',
    time => {
      const clock = fixedClock()
      expect(thrownMistakeOf(() => clock.set(time as string)).message).toMatch(/^time /)
      expect(read(clock)).toBe('2030-01-01T00:00:00.000Z')
      if (time !== undefined) expect(thrownMistakeOf(() => fixedClock(time as string)).message).toMatch(/^start /)
    },
  )

  test.each(['15', 'soon', Number.NaN, 8.64e12])('refuses to advance by %s, and stays where it is', duration => {
    const clock = fixedClock()
    expect(thrownMistakeOf(() => clock.advance(duration)).message).toMatch(/^duration /)
    expect(read(clock)).toBe('2030-01-01T00:00:00.000Z')
  })

  test('is the clock of a manager: a token expires to the second', async () => {
    const clock = fixedClock()
    const jwt = new JwtManager({ secretKey: strongSecret, clock })
    const token = await jwt.createAccessToken('ada')
    clock.advance('15m')
    clock.advance(-1)
    await expect(jwt.verifyToken(token)).resolves.toMatchObject({ claims: { sub: 'ada', iat: 1_893_456_000 } })
    clock.advance(1)
    expect((await refusalOf(jwt.verifyToken(token))).code).toBe('token_expired')
  })
})
