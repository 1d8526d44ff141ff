import { describe, expect, test } from 'vitest'
import { maxSeconds, parseDuration } from '../../src/internal/duration.ts'
import { thrownMistakeOf } from '../support/refusals.ts'

describe('parseDuration', () => {
  test.each([
    ['30s', 30],
    ['15m', 900],
    ['12h', 43_200],
    ['30d', 2_592_000],
    ['2w', 1_209_600],
    ['1.5h', 5400],
    [900, 900],
    [0, 0],
    [-5, -5],
    [0.25, 0.25],
    [maxSeconds, maxSeconds],
  ])('takes %j as %d seconds', (value, seconds) => {
    expect(parseDuration(value, 'leeway')).toBe(seconds)
  })

  test.each(['60', '0.5'])('refuses the text %j, which does not say of what', text => {
    const { message } = thrownMistakeOf(() => parseDuration(text, 'leeway'))
    expect(message).toBe(`leeway is '${text}' without a unit: write '${text}s', or the number of seconds`)
  })

  test.each(['soon', '', ' 15m', '15 m', '-15m', '15M', '15y', '1e3s', '.5s', '15m\n', '٣s'])(
    'refuses the text %j',
    text => {
      const { message } = thrownMistakeOf(() => parseDuration(text, 'leeway'))
      expect(message).toMatch(/^leeway is no duration: write a number and one of the units/)
    },
  )

  test.each([
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [`${'9'.repeat(400)}s`],
    [true],
    [null],
    [undefined],
    [10n],
    [{}],
  ])('refuses %s, which is no number of seconds', value => {
    const { message } = thrownMistakeOf(() => parseDuration(value, 'leeway'))
    expect(message).toBe("leeway must be a number of seconds or a string such as '15m' or '30d'")
  })

  test.each([[maxSeconds + 1], [-maxSeconds - 1], ['99999999999999w']])('refuses %s, which no date can hold', value => {
    expect(thrownMistakeOf(() => parseDuration(value, 'leeway')).message).toMatch(/^leeway reaches beyond the year/)
  })
})
