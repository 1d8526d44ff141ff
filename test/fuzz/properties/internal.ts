import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { decodeBase64url, encodeBase64url } from '../../../src/internal/base64url.ts'
import { parseDuration } from '../../../src/internal/duration.ts'
import { findJsonFault, parseJsonObject } from '../../../src/internal/json.ts'
import { findNearestName } from '../../../src/internal/nearest-name.ts'
import { isPlainObject } from '../../../src/internal/plain-object.ts'
import { createUuidV7, readUuidV7Time } from '../../../src/internal/uuid-v7.ts'
import { objectText } from '../json-text.ts'
import { readJson } from '../strict-json.ts'
import { unlessMistaken } from './outcomes.ts'
import type { Properties } from './property.ts'

const base64urlText = fc.string({ unit: fc.constantFrom(...'ABCDwxyz0189-_QgE') })

/** By the bits alone: what is left over behind the last whole byte must be zero (RFC 4648 section 3.5). */
function isCanonical(text: string): boolean {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return false
  const last = { 0: /$/, 2: /[AQgw]$/, 3: /[AEIMQUYcgkosw048]$/ }[text.length % 4]
  return last?.test(text) ?? false
}

export const internalProperties: Properties = {
  'an object is read as by a reader of another make, duplicates, forbidden names and depth refused': fc.asyncProperty(
    objectText,
    async given => {
      // Lone surrogates cannot be sent.
      const text = given.toWellFormed()
      const found = readJson(text)
      const isFit =
        found !== undefined &&
        isPlainObject(found.value) &&
        !found.hasDuplicate &&
        !found.hasForbiddenName &&
        found.depth <= 32
      const parsed = parseJsonObject(Buffer.from(text))
      assert.equal(parsed !== undefined, isFit)
      if (parsed !== undefined) assert.ok(isDeepStrictEqual({ ...parsed }, found?.value))
    },
  ),

  'the reader of another make agrees with JSON.parse on what is JSON': fc.asyncProperty(objectText, async text => {
    const parsed = (() => {
      try {
        return { value: JSON.parse(text) as unknown }
      } catch {
        return undefined
      }
    })()
    const found = readJson(text)
    assert.equal(found === undefined, parsed === undefined)
    if (!found?.hasForbiddenName) assert.ok(isDeepStrictEqual(found?.value, parsed?.value))
  }),

  'bytes that are no UTF-8, or begin with a mark, are no object': fc.asyncProperty(
    fc.uint8Array({ minLength: 1, maxLength: 6 }),
    fc.nat(9),
    fc.boolean(),
    async (bytes, at, isMarked) => {
      const text = Buffer.from('{"a":"b"}')
      const edited = Buffer.concat([text.subarray(0, at), bytes, text.subarray(at)])
      const input = isMarked ? Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), text]) : edited
      const isUtf8 = Buffer.from(input.toString('utf8')).equals(input)
      const isObject = isUtf8 && isPlainObject(readJson(input.toString('utf8'))?.value) && !isMarked
      const parsed = parseJsonObject(input)
      if (!isUtf8 || isMarked) assert.equal(parsed, undefined)
      if (parsed !== undefined) assert.ok(isObject)
    },
  ),

  'a value without a fault comes back from JSON as it went in': fc.asyncProperty(
    fc.dictionary(
      fc.string({ unit: 'binary' }),
      fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true, withSparseArray: true }),
    ),
    async value => {
      if (findJsonFault(value, 'value') !== undefined) return
      const parsed = parseJsonObject(Buffer.from(JSON.stringify(value)))
      assert.deepEqual({ ...parsed }, JSON.parse(JSON.stringify(value)))
      assert.equal(JSON.stringify(parsed), JSON.stringify(value))
    },
  ),

  'bytes have one spelling in base64url': fc.asyncProperty(
    fc.oneof(base64urlText, fc.string({ unit: 'binary' }), fc.base64String(), fc.uint8Array().map(encodeBase64url)),
    async text => {
      const bytes = decodeBase64url(text)
      assert.equal(bytes !== undefined, isCanonical(text))
      if (bytes !== undefined) assert.equal(encodeBase64url(bytes), text)
    },
  ),

  'what is encoded in base64url is decoded': fc.asyncProperty(fc.uint8Array(), async bytes => {
    assert.deepEqual(decodeBase64url(encodeBase64url(bytes)), Buffer.from(bytes))
  }),

  'a duration is a number of seconds, or one with a unit, and nothing else': fc.asyncProperty(
    fc.oneof(
      fc.anything(),
      fc.double(),
      fc
        .tuple(
          fc.constantFrom('', '-', '+', ' '),
          fc.nat(1e6),
          fc.constantFrom('', '.5', '.', 'e3'),
          fc.constantFrom('', 's', 'm', 'h', 'd', 'w', 'S', 'ms', ' s', 's ', 'y'),
        )
        .map(parts => parts.join('')),
    ),
    async value => {
      const seconds = await unlessMistaken(() => parseDuration(value, 'duration'))
      const parts = typeof value === 'string' ? /^(\d+(?:\.\d+)?)(s|m|h|d|w)$/.exec(value) : null
      const unit = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[parts?.[2] ?? 's'] ?? 0
      const expected = parts === null ? value : Number(parts[1]) * unit
      const isFit = typeof expected === 'number' && Math.abs(expected) <= 8.64e12
      assert.equal(seconds, isFit ? expected : undefined)
    },
  ),

  'an id carries its time, and later ids sort behind earlier ones': fc.asyncProperty(
    fc.integer({ min: 0, max: 2 ** 48 - 1 }),
    fc.integer({ min: 0, max: 2 ** 48 - 1 }),
    async (one, other) => {
      const ids = [one, other].map(createUuidV7) as [string, string]
      assert.deepEqual(ids.map(readUuidV7Time), [one, other])
      if (one !== other) assert.equal(ids[0] < ids[1], one < other)
    },
  ),

  'text is an id of ours where it has the form of one, to the letter': fc.asyncProperty(
    fc.nat(2 ** 31),
    fc.nat(35),
    fc.constantFrom(...'0123456789abcdefABG-/ \n'),
    async (time, at, by) => {
      const id = createUuidV7(time)
      const edited = id.slice(0, at) + by + id.slice(at + 1)
      const isForm = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(edited)
      assert.equal(readUuidV7Time(edited) !== undefined, isForm)
      assert.equal(readUuidV7Time(`${id}${by}`), undefined)
    },
  ),

  'a name with one slip is told the right one': fc.asyncProperty(
    fc.uniqueArray(fc.constantFrom('secretKey', 'tokenLocation', 'leeway', 'maxTokenSize', 'identityClaim'), {
      minLength: 1,
    }),
    fc.nat(),
    fc.constantFrom('', 'x', 'zz'),
    async (known, at, by) => {
      const right = known[at % known.length] ?? ''
      const index = at % right.length
      assert.equal(findNearestName(right.slice(0, index) + by + right.slice(index + 1), known), right)
    },
  ),
}
