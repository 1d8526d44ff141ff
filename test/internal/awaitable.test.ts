import { describe, expect, test } from 'vitest'
import { isPromise, orElse, promised, whenReady } from '../../src/internal/awaitable.ts'

/** Computed, for an object with such a member is taken for a promise. */
const then = 'then'
const failure = new Error('it failed')
const fail = (): never => {
  throw failure
}

describe('whenReady', () => {
  test('goes on at once with a value, and later with a promised one', async () => {
    expect(whenReady(1, value => value + 1)).toBe(2)
    const later = whenReady(Promise.resolve(1), value => value + 1)
    expect(later).toBeInstanceOf(Promise)
    expect(await later).toBe(2)
  })
})

describe('orElse', () => {
  test('recovers from what is thrown at once, and from what is rejected', async () => {
    expect(orElse(fail, error => error)).toBe(failure)
    expect(
      await orElse(
        () => Promise.reject(failure),
        error => error,
      ),
    ).toBe(failure)
  })

  test('leaves what does not fail', async () => {
    expect(orElse(() => 1, fail)).toBe(1)
    expect(await orElse(() => Promise.resolve(1), fail)).toBe(1)
  })
})

test('waits for what another library promises, whatever its `then` returns', async () => {
  const thenable = {
    [then]: (resolve: (value: number) => void) => void setImmediate(() => resolve(1)),
  } as unknown as PromiseLike<number>
  expect(await whenReady(thenable, value => value + 1)).toBe(2)
  expect(await orElse(() => thenable, fail)).toBe(1)
  await expect(whenReady(thenable, fail)).rejects.toBe(failure)
})

test('promised gives a promise of what is there, is promised or is thrown', async () => {
  expect(await promised(() => 1)).toBe(1)
  expect(await promised(() => Promise.resolve(1))).toBe(1)
  await expect(promised(fail)).rejects.toBe(failure)
})

test.each([
  [Promise.resolve(), true],
  // A promise of another realm or library.
  [{ [then]: () => {} }, true],
  [Object.assign(() => {}, { [then]: () => {} }), true],
  [() => {}, false],
  [{ [then]: 1 }, false],
  [{}, false],
  [null, false],
  [undefined, false],
  ['then', false],
] as const)('whether %j is a promise: %s', (value, expected) => {
  expect(isPromise(value as never)).toBe(expected)
})
