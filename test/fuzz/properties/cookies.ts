import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { JwtOptions } from '../../../src/index.ts'
import { requestOf } from '../../request/support.ts'
import { now } from '../../support/configure.ts'
import { clock, managerWith, unlessMistaken } from './outcomes.ts'
import type { Properties } from './property.ts'

interface SetCookie {
  readonly name: string
  readonly value: string
  readonly attributes: Readonly<Record<string, string | true>>
}

/** Reads a `Set-Cookie` value as a browser does (RFC 6265 section 5.2). */
function parse(text: string): SetCookie {
  const [pair = '', ...rest] = text.split(';')
  const [name, value] = split(pair) as [string, string]
  const attributes = rest.map(split).map(([key, given]) => [key?.toLowerCase(), given ?? true])
  return { name, value, attributes: Object.fromEntries(attributes) }
}

function split(text: string): string[] {
  const at = text.indexOf('=')
  return (at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)]).map(part => part.trim())
}

const known = ['max-age', 'domain', 'path', 'expires', 'httponly', 'secure', 'samesite']

/** That nothing stands in a cookie but what this package writes: no attribute of an attacker's, no second line. */
function checkClean(texts: readonly string[]): void {
  for (const text of texts) {
    assert.match(text, /^[\x20-\x7e]*$/)
    const names = text
      .split(';')
      .slice(1)
      .map(part => split(part)[0]?.toLowerCase() ?? '')
    assert.equal(new Set(names).size, names.length)
    for (const name of names) assert.ok(known.includes(name), text)
  }
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    '/; Domain=evil.example',
    'a; HttpOnly',
    'a=b',
    'a,b',
    'a b',
    'é.example',
    '.shop.example',
    'a\r\nX: y',
    '/\u{a0}',
    '',
    'a..b',
    '-a',
    '127.0.0.1',
    '[::1]',
    'a:80',
  ),
)
const cookieName = fc.stringMatching(/^[A-Za-z][\w-]{0,9}$/)
const path = fc.constantFrom('/', '/api', '/a b', '/%3B')
const sameSite = fc.constantFrom('Lax' as const, 'Strict' as const, 'None' as const, false as const)

const groups = fc
  .record({
    access: fc.record({ name: cookieName, path }),
    refresh: fc.record({ name: cookieName, path }),
    secure: fc.boolean(),
    domain: fc.constantFrom(undefined, 'shop.example', '.shop.example', 'münchen.example'),
    sameSite,
    session: fc.boolean(),
  })
  .filter(group => group.access.name !== group.refresh.name && (group.secure || group.sameSite !== 'None'))

function cookieManager(cookies: JwtOptions['cookies'], more: Partial<JwtOptions> = {}): ReturnType<typeof managerWith> {
  return managerWith({ tokenLocation: 'cookies', ...(cookies !== undefined && { cookies }), ...more })
}

export const cookieProperties: Properties = {
  'a cookie is written with the attributes that are configured, and read back with its token': fc.asyncProperty(
    groups,
    fc.string({ unit: 'grapheme' }),
    async (cookies, identity) => {
      const manager = cookieManager(cookies)
      const token = await manager.createAccessToken(identity)
      const written = await manager.accessCookies(token)
      checkClean(written)
      const [own, csrf] = written.map(parse) as [SetCookie, SetCookie]
      assert.deepEqual([own.name, own.value], [cookies.access.name, token])
      assert.deepEqual([csrf.name, csrf.value], ['csrf_access_token', (await manager.verifyToken(token)).claims.csrf])
      const { path: ownPath, secure, httponly, samesite, domain } = own.attributes
      const host = { undefined: undefined, 'münchen.example': 'xn--mnchen-3ya.example' }[String(cookies.domain)]
      assert.deepEqual(
        { ownPath, secure, httponly, samesite, domain },
        {
          ownPath: cookies.access.path,
          secure: cookies.secure || undefined,
          httponly: true,
          samesite: cookies.sameSite || undefined,
          domain: cookies.domain?.endsWith('shop.example') ? 'shop.example' : host,
        },
      )
      assert.equal(csrf.attributes['httponly'], undefined)
      const headers = { cookie: `${own.name}=${own.value}`, 'x-csrf-token': csrf.value }
      assert.equal((await manager.authenticate(requestOf({ method: 'POST', headers }))).identity, identity)
    },
  ),

  'the cookies of a token live no longer than the token': fc.asyncProperty(
    fc.integer({ min: 1, max: 1e9 }),
    fc.double({ min: 0, max: 0.99, noNaN: true }),
    fc.boolean(),
    async (life, fraction, session) => {
      const manager = cookieManager({ session }, { clock: () => clock() + fraction * 1000 })
      const token = await manager.createAccessToken('alice', { expiresIn: life })
      const { exp = 0 } = (await manager.verifyToken(token)).claims
      for (const { attributes } of (await manager.accessCookies(token)).map(parse)) {
        assert.equal(attributes['max-age'] === undefined, session)
        if (session) continue
        assert.ok(now + fraction + Number(attributes['max-age']) <= exp)
        assert.ok(Date.parse(String(attributes['expires'])) <= exp * 1000)
      }
    },
  ),

  'what is removed is what was set': fc.asyncProperty(groups, fc.boolean(), async (cookies, isRefresh) => {
    const manager = cookieManager(cookies)
    const token = await manager.createRefreshToken('alice')
    const set = await (isRefresh ? manager.refreshCookies(token) : manager.accessCookies(token))
    const removed = isRefresh ? manager.removedRefreshCookies() : manager.removedAccessCookies()
    checkClean(removed)
    const place = ({ name, attributes }: SetCookie): unknown => [
      name,
      attributes['path'],
      attributes['domain'],
      attributes['secure'],
      attributes['samesite'],
    ]
    assert.deepEqual(removed.map(parse).map(place), set.map(parse).map(place))
    for (const { value, attributes } of removed.map(parse)) {
      assert.equal(value, '')
      assert.equal(Date.parse(String(attributes['expires'])), 0)
    }
  }),

  'names and paths that would break out of a cookie are refused when the manager is made': fc.asyncProperty(
    fc.constantFrom('name', 'path', 'cookieName', 'cookiePath', 'domain', 'prefix'),
    hostile,
    async (which, value) => {
      const cookies =
        which === 'domain' || which === 'prefix'
          ? { [which]: value }
          : which === 'name' || which === 'path'
            ? { access: { [which]: value } }
            : {}
      const csrf = which.startsWith('cookie') ? { access: { [which]: value } } : {}
      const manager = await unlessMistaken(() => cookieManager(cookies as JwtOptions['cookies'], { csrf }))
      if (manager === undefined) return
      const written = [
        ...(await manager.accessCookies(await manager.createAccessToken('alice'))),
        ...manager.removedAccessCookies(),
      ]
      checkClean(written)
    },
  ),

  'a domain that is passed later is checked as well': fc.asyncProperty(hostile, async domain => {
    const manager = cookieManager({})
    const token = await manager.createAccessToken('alice')
    const written = await unlessMistaken(() => manager.accessCookies(token, { domain }))
    const removed = await unlessMistaken(() => manager.removedAccessCookies({ domain }))
    checkClean([...(written ?? []), ...(removed ?? [])])
    assert.equal(written === undefined, removed === undefined)
  }),

  'the life of a cookie that is passed is one, or a TypeError': fc.asyncProperty(
    fc.oneof(fc.anything(), fc.double(), fc.constantFrom('15m', '15')),
    async maxAge => {
      const manager = cookieManager({})
      const token = await manager.createAccessToken('alice')
      const written = await unlessMistaken(() => manager.accessCookies(token, { maxAge: maxAge as number }))
      if (written !== undefined) checkClean(written)
    },
  ),

  'a host cookie has no domain and the path of the whole host': fc.asyncProperty(
    groups,
    fc.constantFrom('__Host-' as const, '__Secure-' as const),
    async (cookies, prefix) => {
      const manager = await unlessMistaken(() => cookieManager({ ...cookies, prefix }))
      const isHost = prefix === '__Host-'
      const fits =
        cookies.secure &&
        !(
          isHost &&
          (cookies.domain !== undefined || [cookies.access, cookies.refresh].some(({ path: own }) => own !== '/'))
        )
      assert.equal(manager !== undefined, fits)
      if (manager === undefined) return
      for (const { name, attributes } of (await manager.accessCookies(await manager.createAccessToken('alice'))).map(
        parse,
      )) {
        assert.ok(name.startsWith(prefix) && attributes['secure'] === true)
        if (isHost) assert.deepEqual([attributes['domain'], attributes['path']], [undefined, '/'])
      }
    },
  ),
}
