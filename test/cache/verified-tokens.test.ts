import { describe, expect, test } from 'vitest'
import { VerifiedToken, VerifiedTokens } from '../../src/cache/verified-tokens.ts'
import { importKey } from '../../src/keys/import-key.ts'
import { strongSecret } from '../support/configure.ts'

const key = importKey(strongSecret, { algorithm: 'HS256' })
const times = { issuedAt: 0, notBefore: 0, expiresAt: 1 }

function entryOf(token: string): VerifiedToken {
  const claims = { sub: token, type: 'access', fresh: false, jti: null }
  return new VerifiedToken({ header: { alg: 'HS256' }, claims, declaredType: 'access', ...times }, token, key)
}

describe('VerifiedTokens', () => {
  test('finds the very token, and no other with its signature', () => {
    const tokens = new VerifiedTokens(10)
    const entry = entryOf('header.payload.signature')
    tokens.add(entry)
    expect(tokens.find('header.payload.signature')).toBe(entry)
    // CVE-2026-35039: what collides in the key of a cache must not be taken for the same.
    for (const other of ['header.payloae.signature', 'header.payload.x.signature', 'signature', '.signature', ''])
      expect(tokens.find(other)).toBeUndefined()
  })

  test('does so for one that has become old, too', () => {
    const tokens = new VerifiedTokens(2)
    tokens.add(entryOf('a.a.1'))
    tokens.add(entryOf('b.b.2'))
    expect(tokens.find('x.x.1')).toBeUndefined()
    expect(tokens.find('a.a.1')?.claims.sub).toBe('a.a.1')
  })

  test('keeps what is asked for, and forgets the rest', () => {
    const tokens = new VerifiedTokens(4)
    tokens.add(entryOf('kept.kept.kept'))
    for (let index = 0; index < 100; index++) {
      tokens.add(entryOf(`h.p.${index}`))
      expect(tokens.find('kept.kept.kept')).toBeDefined()
    }
    const found = Array.from({ length: 100 }, (_, index) => tokens.find(`h.p.${index}`)).filter(Boolean)
    expect(found.length).toBeLessThanOrEqual(4)
  })

  test.each([1, 2, 3, 50])('never has more than %d tokens, or two', max => {
    const tokens = new VerifiedTokens(max)
    const all = Array.from({ length: 500 }, (_, index) => `h.p.${index}`)
    for (const token of all) tokens.add(entryOf(token))
    expect(all.filter(token => tokens.find(token) !== undefined).length).toBeLessThanOrEqual(Math.max(2, max))
  })

  test('is bounded in characters: long tokens take the place of many', () => {
    const tokens = new VerifiedTokens(100)
    const all = Array.from({ length: 100 }, (_, index) => `${'h'.repeat(16_000)}.p.${index}`)
    for (const token of all) tokens.add(entryOf(token))
    const left = all.filter(token => tokens.find(token) !== undefined)
    expect(left.length).toBeLessThan(10)
    expect(left).toContain(all.at(-1))
  })

  test('forgets what is deleted, young or old, and counts it no more', () => {
    const tokens = new VerifiedTokens(2)
    tokens.add(entryOf('a.a.1'))
    tokens.add(entryOf('b.b.2'))
    for (const token of ['a.a.1', 'b.b.2']) {
      tokens.delete(entryOf(token))
      expect(tokens.find(token)).toBeUndefined()
    }
    tokens.add(entryOf('a.a.1'))
    tokens.add(entryOf('a.a.1'))
    expect(tokens.find('a.a.1')).toBeDefined()
  })
})
