import { randomBytes } from 'node:crypto'
import { importKey, JwtManager, type JwtRequest, type TokenLocation } from 'jwt-extended'
import { nodeRequest } from '../src/adapters/node.ts'
import { parseDuration } from '../src/internal/duration.ts'
import { describeUserAgent } from '../src/sessions/user-agent.ts'
import { now, otherSecret, strongSecret } from '../test/support/configure.ts'
import { forgeToken, plainClaims, plainHeader, toSegment } from '../test/support/forge.ts'

/** A request as a client writes it; the body is what a parser has made of it. */
export interface Sent {
  readonly method?: string
  readonly url?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Makes a request, or the work that it causes, of about so many bytes. */
export type Build<Result> = (size: number) => Result

type Texts = Readonly<Record<string, Build<string>>>

/** Inputs that are compared with what an ordinary one of the same size costs. */
export interface Group {
  readonly name: string
  readonly ordinary: Build<() => unknown>
  /** Whether somebody without a key, and without a mistake of the application, can send these. */
  readonly isBounded: boolean
  readonly inputs: Readonly<Record<string, Build<() => unknown>>>
}

const cookie = 'access_token_cookie'

/** JSON values that take long to parse or to check for their size. */
const jsonTexts: Texts = {
  'nested brackets': size => nest('[', ']', size / 2),
  'nested objects': size => nest('{"a":', '}', size / 6),
  'objects of 30 levels side by side': size => listOf(nest('[{"a":', '}]', 14), size),
  'objects of 34 levels side by side': size => listOf(nest('[{"a":', '}]', 16), size),
  'one name again and again': size => `{${joinTo(size, () => '"a":1')}}`,
  'many names': size => `{${joinTo(size, index => `"${index.toString(36)}k":1`)}}`,
  'many numbers as names': size => `{${joinTo(size, index => `"${index * 7919}":1`)}}`,
  'empty objects': size => listOf('{}', size),
  'objects with a name each': size => `[${joinTo(size, index => `{"${index.toString(36)}k":1}`)}]`,
  'many numbers': size => listOf('0', size),
  'empty strings': size => listOf('""', size),
  backslashes: size => `"${fill('\\\\', size)}"`,
  'escaped quotes': size => `"${fill('\\"', size)}"`,
  'escaped letters': size => `"${fill('\\u0041', size)}"`,
  'a long number': size => fill('1', size),
  'a long fraction': size => `1.${fill('1', size)}`,
  blanks: size => `${fill(' \n', size)}1`,
  'what is no JSON': size => fill('[1,', size),
}

/** Tokens that nobody needs a key for. */
const forgedTokens: Texts = {
  ...mapValues(jsonTexts, build => size => forgeHeader(`{"alg":"HS256","x":${build(jsonBytes(size))}}`), 'header: '),
  'a long kid': size => forgeHeader({ ...plainHeader, kid: fill('x', jsonBytes(size)) }),
  'a long alg': size => forgeHeader({ alg: fill('x', jsonBytes(size)) }),
  'a long typ': size => forgeHeader({ ...plainHeader, typ: fill('x', jsonBytes(size)) }),
  'a long cty': size => forgeHeader({ ...plainHeader, cty: fill('x', jsonBytes(size)) }),
  dots: size => fill('.', size),
  'letters and dots': size => fill('a.', size),
  'a payload of odd length': size => `${toSegment(plainHeader)}.${fill('AAAA', size)}A.AAAA`,
  'a long signature': size => `${toSegment(plainHeader)}.e30.${fill('AAAA', size)}`,
  'what is no base64url': size => `${fill('~', size)}.a.a`,
}

const authorizations: Texts = {
  commas: size => fill(',', size),
  'commas inside': size => `Bearer a${fill(',', size)}b`,
  'commas and blanks': size => `a${fill(', ', size)}b`,
  'many schemes': size => `${fill('a,', size)}b`,
  'Bearer and commas': size => `${fill('Bearer,', size)}x`,
  'Bearer and blanks': size => fill('Bearer ', size),
  'one credential again and again': size => `${fill('Bearer x, ', size)}Bearer x`,
  'another credential at last': size => `${fill('Bearer x, ', size)}Bearer y`,
  words: size => `Bearer ${fill('a ', size)}`,
  'blanks and tabs': size => `Bearer ${fill(' \t', size)}x y`,
  'another scheme': size => `Basic ${fill('a', size)}`,
}

const cookieHeaders: Texts = {
  'other cookies': size => fill('a=1; ', size),
  'cookies without a value': size => fill('a;', size),
  'equals signs': size => fill('=', size),
  'cookies without a name': size => fill('=;', size),
  semicolons: size => fill(';', size),
  'our cookie again and again': size => fill(`${cookie}=1; `, size),
  'another value at last': size => `${fill(`${cookie}=1; `, size)}${cookie}=2`,
  'our name without a value': size => fill(`${cookie};`, size),
  'our name in a value': size => `a=${fill(cookie, size)}`,
  'blanks before the value': size => `${cookie}=${fill(' ', size)}x`,
  'blanks behind the value': size => `${cookie}=x${fill('\t', size)}; a=1`,
  'blanks around the name': size => `${fill(' ', size / 2)}${cookie}${fill(' ', size / 2)}=x`,
  quotes: size => `${cookie}=${fill('"', size)}`,
}

/** What comes along with a cookie whose token is refused by its CSRF value at the latest. */
const companions: Readonly<Record<string, Build<Sent>>> = {
  'a long CSRF value': size => besideCookie({ 'X-CSRF-TOKEN': fill('a', size) }),
  'a CSRF value of blanks': size => besideCookie({ 'X-CSRF-TOKEN': fill(' \t', size) }),
  'a long Origin': size => besideCookie({ Origin: `https://${fill('a', size)}` }),
  'an Origin of dots': size => besideCookie({ Origin: `https://${fill('a.', size)}` }),
  'an Origin in Punycode': size => besideCookie({ Origin: `https://xn--${fill('9ca', size)}` }),
  'an Origin of Punycode labels': size => besideCookie({ Origin: `https://${fill('xn--9ca.', size)}` }),
  'an Origin of escapes': size => besideCookie({ Origin: `https://${fill('%C3%A9', size)}` }),
  'an Origin with a long path': size => besideCookie({ Origin: `https://a/${fill('../a/', size)}` }),
  'a long Upgrade': size => ({ ...besideCookie({ Upgrade: fill('websocke', size) }), method: 'GET' }),
  'a form with a long Content-Type': size => besideCookie({ 'Content-Type': fill(' ;', size) }),
}

const queries: Texts = {
  'our parameter again and again': size => fill('jwt=a&', size),
  'another value at last': size => `${fill('jwt=a&', size)}jwt=b`,
  'other parameters': size => fill('a=b&', size),
  'parameters without a value': size => fill('a&', size),
  ampersands: size => fill('&', size),
  'escaped letters': size => `jwt=${fill('%41', size)}`,
  'plus signs': size => `jwt=${fill('+', size)}`,
  'percent signs': size => `jwt=${fill('%', size)}`,
}

/** Values of our key in a JSON body, as the framework has parsed it: that is its work, and is not measured. */
const jsonTokens: Readonly<Record<string, Build<unknown>>> = {
  'an array of numbers': size => JSON.parse(listOf('0', size)),
  'nested brackets': size => JSON.parse(nest('[', ']', Math.min(size, 10_000) / 2)),
  'many names': size => JSON.parse(`{${joinTo(size, index => `"${index.toString(36)}k":1`)}}`),
}

const contentTypes: Texts = {
  'Content-Type of semicolons': size => fill(';', size),
  'Content-Type of blanks': size => `a${fill(' ', size)}b`,
  'Content-Type of suffixes': size => `application/${fill('+json', size)}`,
}

/** Claims that only the holder of the key can have signed. */
const signedPayloads: Readonly<Record<string, Build<Readonly<Record<string, unknown>> | string>>> = {
  ...mapValues(jsonTexts, build => size => `{"sub":"alice","type":"access","jti":"i","exp":1,"x":${build(size)}}`),
  'many audiences': size => ({ ...expiredClaims, aud: Array.from({ length: size / 4 }, () => 'a') }),
  'a long sub of nobody': size => ({ ...plainClaims, sub: `nobody${fill('x', size)}` }),
  'a sub of quotes': size => ({ ...plainClaims, sub: `nobody${fill('"', size / 2)}` }),
}

const expiredClaims = { ...plainClaims, exp: 1 }

/** Where each request is compared with one whose token, at the same place and as long, has a wrong signature. */
export const requestGroups: readonly {
  readonly place: TokenLocation
  readonly ordinary: Build<Sent>
  readonly inputs: Readonly<Record<string, Build<Sent>>>
}[] = [
  {
    place: 'headers',
    ordinary: size => bearer(forgePayload(size)),
    inputs: {
      ...mapValues(forgedTokens, build => size => bearer(build(size)), 'token: '),
      ...mapValues(authorizations, build => size => ({ headers: { Authorization: build(size) } })),
    },
  },
  {
    place: 'cookies',
    ordinary: size => ({ headers: { Cookie: `${cookie}=${forgePayload(size)}` } }),
    inputs: { ...mapValues(cookieHeaders, build => size => ({ headers: { Cookie: build(size) } })), ...companions },
  },
  {
    place: 'query',
    ordinary: size => ({ url: `/?jwt=${forgePayload(size)}`, headers: {} }),
    inputs: mapValues(queries, build => size => ({ url: `/?${build(size)}`, headers: {} })),
  },
  {
    place: 'json',
    ordinary: size => jsonBody(forgePayload(size)),
    inputs: {
      ...mapValues(jsonTokens, build => size => jsonBody(build(size))),
      ...mapValues(contentTypes, build => size => ({ method: 'POST', headers: { 'Content-Type': build(size) } })),
    },
  },
]

const options = {
  secretKey: strongSecret,
  clock: () => now * 1000,
  warn: () => {},
  // So that what is longer than 16 KiB is looked at, too: by default it is refused by its length.
  maxTokenSize: 2 ** 20,
  // Whoever tries this sends no token twice.
  verifiedTokenCache: false,
} as const
const manager = new JwtManager<object>({
  ...options,
  userLookup: (_, { sub }) => (sub?.startsWith('nobody') ? undefined : {}),
})
const keyChooser = new JwtManager({ ...options, decodeKey: () => importKey(strongSecret, { algorithm: 'HS256' }) })

/** All groups, as work in this process. */
export const groups: readonly Group[] = [
  ...requestGroups.map(({ place, ordinary, inputs }) => ({
    name: place,
    isBounded: true,
    ordinary: (size: number) => refuser(ordinary(size), place),
    inputs: mapValues(inputs, build => (size: number) => refuser(build(size), place)),
  })),
  {
    name: 'signed claims',
    isBounded: false,
    ordinary: size => refuser(bearer(forgeToken({ payload: ordinaryClaims(jsonBytes(size)) })), 'headers'),
    inputs: mapValues(
      signedPayloads,
      build => size => refuser(bearer(forgeToken({ payload: build(jsonBytes(size)) })), 'headers'),
    ),
  },
  {
    name: '`decodeKey`',
    isBounded: false,
    ordinary: size => refuser(bearer(forgePayload(size)), 'headers', keyChooser),
    inputs: mapValues(jsonTexts, build => size => {
      const payload = `{"x":${build(jsonBytes(size))}}`
      return refuser(bearer(forgeToken({ payload, secret: otherSecret })), 'headers', keyChooser)
    }),
  },
  {
    name: 'User-Agent',
    isBounded: true,
    ordinary: size => refuser(bearer(forgePayload(size)), 'headers'),
    inputs: mapValues(
      { blanks: size => `${fill(' ', size)}a`, 'almost Safari': size => fill('Version/1', size) } satisfies Texts,
      build => size => {
        const userAgent = build(size)
        return () => describeUserAgent(userAgent)
      },
    ),
  },
  {
    name: 'options',
    isBounded: false,
    ordinary: size => {
      const secret = randomBytes(size)
      return () => importKey(secret, { algorithm: 'HS256' })
    },
    inputs: {
      'a secret of almost equal pieces': size => {
        const pieces = Array.from({ length: size / 40 }, () => [Buffer.from(strongSecret.slice(0, 34)), randomBytes(6)])
        const secret = Buffer.concat(pieces.flat())
        return () => importKey(secret, { algorithm: 'HS256' })
      },
      'a secret of almost placeholders': size => tried(fill('your-x', size), importSecret),
      'a duration of digits': size => tried(fill('1', size), text => parseDuration(text, 'expiresIn')),
      'a duration of dots': size => tried(fill('1.', size), text => parseDuration(text, 'expiresIn')),
    },
  },
]

/** Refuses a request as an adapter on `node:http` describes it. */
function refuser(sent: Sent, place: TokenLocation, jwt: JwtManager<object> | JwtManager = manager): () => unknown {
  const request = describe(sent)
  const passed = (): never => {
    throw new Error('a request that was to be refused has passed')
  }
  return () => jwt.authenticate(request, { locations: [place] }).then(passed, (error: unknown) => error)
}

function describe({ method = 'GET', url = '/', headers, body }: Sent): JwtRequest {
  const rawHeaders = ['Host', 'api.example.com', ...Object.entries(headers).flat()]
  return nodeRequest({ method, url, rawHeaders }, { protocol: () => 'https', body: () => body })
}

function bearer(token: string): Sent {
  return { headers: { Authorization: `Bearer ${token}` } }
}

function besideCookie(headers: Readonly<Record<string, string>>): Sent {
  const token = forgeToken({ payload: { ...expiredClaims, csrf: 'b' } })
  return { method: 'POST', headers: { Cookie: `${cookie}=${token}`, ...headers } }
}

function jsonBody(token: unknown): Sent {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: { access_token: token } }
}

/** A token as an application signs them, but with a wrong signature. */
function forgePayload(size: number): string {
  return forgeToken({ payload: ordinaryClaims(jsonBytes(size)), secret: otherSecret })
}

function ordinaryClaims(size: number): Readonly<Record<string, unknown>> {
  return {
    ...expiredClaims,
    permissions: Array.from({ length: size / 20 }, (_, index) => `orders:read:${1000 + index}`),
  }
}

function forgeHeader(header: string | Readonly<Record<string, unknown>>): string {
  return forgeToken({ header, secret: otherSecret })
}

/** How much JSON fits into a token of a size. */
function jsonBytes(size: number): number {
  return Math.floor((size - 300) * 0.75)
}

function fill(text: string, size: number): string {
  return Buffer.alloc(Math.floor(size), text).toString()
}

function nest(open: string, close: string, levels: number): string {
  return `${open.repeat(levels)}1${close.repeat(levels)}`
}

function listOf(value: string, size: number): string {
  return `[${joinTo(size, () => value)}]`
}

function joinTo(size: number, write: (index: number) => string): string {
  const parts: string[] = []
  for (let length = 0; length < size; length += (parts.at(-1)?.length ?? 0) + 1) parts.push(write(parts.length))
  return parts.join(',')
}

function importSecret(secret: string): unknown {
  return importKey(secret, { algorithm: 'HS256' })
}

function tried(text: string, work: (text: string) => unknown): () => unknown {
  return () => {
    try {
      return work(text)
    } catch (error) {
      return error
    }
  }
}

function mapValues<Value, Result>(
  values: Readonly<Record<string, Value>>,
  map: (value: Value) => Result,
  prefix = '',
): Record<string, Result> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, map(value)]))
}
