import { describe, expect, test } from 'vitest'
import { decodePayload, decodeSegment, decodeToken, decodeUnverified } from '../../src/tokens/decode.ts'
import { forgeToken, type Part, plainClaims, plainHeader, signSegments, toSegment } from '../support/forge.ts'
import { forbiddenNames, nestObjects } from '../support/json.ts'
import { thrownRefusalOf } from '../support/refusals.ts'

const maxSize = 16_384

/** The complaint about a token, which never quotes it. */
function complaintAbout(token: unknown, size: number = maxSize): string {
  const { code, message } = thrownRefusalOf(() => decodeToken(token, size))
  expect(code).toBe('token_invalid')
  if (typeof token === 'string' && token.length > 20) expect(message).not.toContain(token.slice(0, 20))
  return message
}

const [header = '', payload = '', signature = ''] = forgeToken().split('.')

describe('decodeToken', () => {
  test('takes a token apart', () => {
    expect(decodeToken(forgeToken(), maxSize)).toEqual({
      header: plainHeader,
      headerText: header,
      signingInput: `${header}.${payload}`,
      payload,
      signature,
    })
  })

  test('reads neither payload nor signature', () => {
    const decoded = decodeToken(`${header}.***.###`, maxSize)
    expect(decoded).toMatchObject({ signingInput: `${header}.***`, payload: '***', signature: '###' })
  })

  test.each([[undefined], [null], [42], [true], [{}], [['a.b.c']], [Buffer.from('a.b.c')]])(
    'refuses %j, which is no string',
    token => {
      expect(complaintAbout(token)).toBe('The token is not a string')
    },
  )

  test.each([
    ['', 'Not enough segments'],
    [header, 'Not enough segments'],
    [`${header}.${payload}`, 'Not enough segments'],
    [`${header}.${payload}.${signature}.`, 'Too many segments'],
    [`${header}.${payload}.${signature}.${signature}`, 'Too many segments'],
    [`${header}.${payload}.${signature}.${payload}.${signature}`, 'Too many segments'],
    [`.${header}.${payload}.${signature}`, 'Too many segments'],
    ['.'.repeat(1000), 'Too many segments'],
  ])('refuses %j: %s', (token, complaint) => {
    expect(complaintAbout(token)).toBe(complaint)
  })

  test('accepts a token of exactly the longest size', () => {
    const token = forgeToken()
    expect(decodeToken(token, token.length).payload).toBe(payload)
  })

  test('refuses a token that is one character longer', () => {
    const token = forgeToken()
    expect(complaintAbout(token, token.length - 1)).toBe(`The token is longer than ${token.length - 1} bytes`)
  })

  test('refuses a token that is far too long before anything else', () => {
    expect(complaintAbout('a'.repeat(10_000_000))).toBe('The token is longer than 16384 bytes')
  })
})

describe('the header of a token', () => {
  const headerComplaint = (part: Part): string => complaintAbout(`${toSegment(part)}.${payload}.${signature}`)

  test.each([
    ['a blank in front', ` ${header}`],
    ['a blank in the middle', `${header.slice(0, 8)} ${header.slice(8)}`],
    ['a newline at the end', `${header}\n`],
    ['a NUL', `${header}\0`],
    ['a no-break space', `${header}\u{a0}`],
    ['padding', `${header}=`],
    ['a plus sign', `+${header.slice(1)}`],
    ['a slash', `/${header.slice(1)}`],
    ['a letter whose lower byte fits', `\u{141}${header.slice(1)}`],
    ['a character too many', `${header}A`],
  ])('is refused with %s', (_, segment) => {
    expect(complaintAbout(`${segment}.${payload}.${signature}`)).toBe('The header is not base64url without padding')
  })

  test('is refused with spare bits', () => {
    const segment = Buffer.from('{"alg":"HS256"}  ').toString('base64url')
    const last = segment.slice(-1)
    const spare = String.fromCharCode(last.charCodeAt(0) + 1)
    expect(Buffer.from(segment.slice(0, -1) + spare, 'base64url')).toEqual(Buffer.from(segment, 'base64url'))
    expect(complaintAbout(`${segment.slice(0, -1)}${spare}.${payload}.${signature}`)).toBe(
      'The header is not base64url without padding',
    )
  })

  test.each<[string, Part]>([
    ['empty', ''],
    ['a list', '[{"alg":"HS256"}]'],
    ['a string', '"HS256"'],
    ['a number', '1'],
    ['null', 'null'],
    ['no JSON', 'alg=HS256'],
    ['not UTF-8', Buffer.from('{"alg":"HS256","x":"ä"}', 'latin1')],
    ['begun by a BOM', '\u{feff}{"alg":"HS256"}'],
    ['UTF-16', Buffer.from('{"alg":"HS256"}', 'utf16le')],
    ['with alg twice', '{"alg":"HS256","alg":"HS256"}'],
    ['with alg twice, once escaped', '{"alg":"none","\\u0061lg":"HS256"}'],
    ['with a name twice inside', '{"alg":"HS256","x":{"y":1,"y":2}}'],
    ['nested too deep', `{"alg":"HS256","x":${nestObjects(32)}}`],
    ...forbiddenNames.map(name => [`with a member ${name}`, `{"alg":"HS256","${name}":{}}`] as [string, Part]),
    ...forbiddenNames.map(name => [`with ${name} inside`, `{"alg":"HS256","x":[{"${name}":1}]}`] as [string, Part]),
  ])('is refused where it is %s', (_, part) => {
    expect(headerComplaint(part)).toBe('The header is not one JSON object in UTF-8 with each name once')
  })

  test('may hold 64 values, and not one more, for nobody knows yet who wrote it', () => {
    const listOf = (length: number): Part => ({ alg: 'HS256', x: Array(length).fill(0) })
    expect(decodeToken(`${toSegment(listOf(62))}..`, maxSize).header['alg']).toBe('HS256')
    expect(headerComplaint(listOf(63))).toBe('The header is not one JSON object in UTF-8 with each name once')
  })

  test('may be nested as deep as 32 levels', () => {
    expect(decodeToken(`${toSegment(`{"alg":"HS256","x":${nestObjects(31)}}`)}..`, maxSize).header['alg']).toBe('HS256')
  })

  test.each([
    ['crit', ['exp']],
    ['crit', []],
    ['b64', true],
    ['b64', false],
    ['zip', 'DEF'],
    ['enc', 'A128GCM'],
    ['enc', null],
  ])('is refused with %s: %j', (member, value) => {
    expect(headerComplaint({ ...plainHeader, [member]: value })).toBe(
      `The header has ${member}, which is not supported`,
    )
  })

  test.each([[42], [null], [true], [['a']], [{ a: 1 }]])('is refused with the kid %j', kid => {
    expect(headerComplaint({ ...plainHeader, kid })).toBe('Key ID header parameter must be a string')
  })

  test.each(['', 'a', '../../etc/passwd', "' OR 1=1"])('may have the kid %j', kid => {
    expect(decodeToken(forgeToken({ header: { ...plainHeader, kid } }), maxSize).header['kid']).toBe(kid)
  })

  test.each(['JWT', 'jwt', 'Jwt', 'application/jwt', 'application/JWT', 'at+jwt', 'AT+JWT', 'application/at+jwt'])(
    'may have the typ %s',
    typ => {
      expect(decodeToken(forgeToken({ header: { alg: 'HS256', typ } }), maxSize).header['typ']).toBe(typ)
    },
  )

  test.each([[''], ['JOSE'], ['JWS'], ['JWT '], ['dpop+jwt'], ['logout+jwt'], ['toString'], [null], [1], [['JWT']]])(
    'is refused with the typ %j',
    typ => {
      expect(headerComplaint({ alg: 'HS256', typ })).toBe('The header names a typ that is not accepted')
    },
  )

  test('needs no typ', () => {
    expect(decodeToken(forgeToken({ header: { alg: 'HS256' } }), maxSize).header).toEqual({ alg: 'HS256' })
  })

  test.each([['JWT'], ['jwt'], ['application/jwt'], ['Application/JWT'], [null], [1], [['JWT']]])(
    'is refused with the cty %j',
    cty => {
      expect(headerComplaint({ ...plainHeader, cty })).toBe('Nested tokens are not supported')
    },
  )

  test.each(['', 'json', 'jwt-like', 'secevent+jwt', 'text/jwt', 'x-application/jwt', 'application/json'])(
    'may have the cty %j',
    cty => {
      expect(decodeToken(forgeToken({ header: { ...plainHeader, cty } }), maxSize).header['cty']).toBe(cty)
    },
  )

  test.each(['jwk', 'jku', 'x5u', 'x5c', 'x5t'])('may have %s, which nobody reads', member => {
    const token = forgeToken({ header: { ...plainHeader, [member]: 'https://evil.example/keys' } })
    expect(decodeToken(token, maxSize).header[member]).toBe('https://evil.example/keys')
  })
})

describe('decodePayload', () => {
  test('gives the claims without a prototype', () => {
    const claims = decodePayload(payload)
    expect(claims).toEqual(plainClaims)
    expect(Object.getPrototypeOf(claims)).toBeNull()
  })

  test('refuses what is not base64url', () => {
    expect(thrownRefusalOf(() => decodePayload(`${payload}=`)).message).toBe(
      'The payload is not base64url without padding',
    )
  })

  test.each<[string, Part]>([
    ['empty', ''],
    ['a list', '[]'],
    ['a string', '"alice"'],
    ['a number', '0'],
    ['null', 'null'],
    ['with sub twice', '{"sub":"alice","sub":"mallory"}'],
    ['begun by a BOM', '\u{feff}{"sub":"alice"}'],
  ])('refuses a payload that is %s', (_, part) => {
    expect(thrownRefusalOf(() => decodePayload(toSegment(part))).message).toBe(
      'The payload is not one JSON object in UTF-8 with each name once',
    )
  })
})

describe('decodeSegment', () => {
  test('names what it cannot decode', () => {
    const { code, message } = thrownRefusalOf(() => decodeSegment('A', 'signature'))
    expect(code).toBe('token_invalid')
    expect(message).toBe('The signature is not base64url without padding')
  })
})

describe('decodeUnverified', () => {
  test('says what a token says, and that nobody has verified it', () => {
    const unverified = decodeUnverified(forgeToken({ secret: 'of somebody else' }), maxSize)
    expect(unverified.verified).toBe(false)
    expect(unverified.header).toEqual(plainHeader)
    expect(unverified.claims).toEqual(plainClaims)
  })

  test('reads the claims when they are asked for', () => {
    const unverified = decodeUnverified(signSegments(header, toSegment('[]')), maxSize)
    expect(unverified.header).toEqual(plainHeader)
    expect(thrownRefusalOf(() => unverified.claims).code).toBe('token_invalid')
  })

  test.each([
    ['payload', `${header}.${payload}=.${signature}`],
    ['signature', `${header}.${payload}.${signature}=`],
  ])('names the segment that is no base64url: %s', (segment, token) => {
    expect(thrownRefusalOf(() => decodeUnverified(token, maxSize)).message).toBe(
      `The ${segment} is not base64url without padding`,
    )
  })

  test('refuses what is no token', () => {
    expect(thrownRefusalOf(() => decodeUnverified('a.b', maxSize)).message).toBe('Not enough segments')
  })
})

test('a header of 5120 bytes is read, and none that is longer', () => {
  const tokenWith = (length: number): string => {
    const part = `{"alg":"HS256","x":"${'x'.repeat((length * 3) / 4 - 22)}"}`
    return `${toSegment(part)}.e30.AA`
  }
  expect(tokenWith(5120).indexOf('.')).toBe(5120)
  expect(decodeToken(tokenWith(5120), maxSize).header['alg']).toBe('HS256')
  expect(() => decodeToken(tokenWith(5124), maxSize)).toThrow('The header is longer than 5120 bytes')
})
