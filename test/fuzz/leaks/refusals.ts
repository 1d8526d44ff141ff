import { JwtError, JwtManager, type JwtOptions, type StandardSchema } from 'jwt-extended'
import { memoryStore, type Store } from 'jwt-extended/stores'
import { requestOf } from '../../request/support.ts'
import { now } from '../../support/configure.ts'
import { type KeyName, keyNames, keysOf } from '../attack-keys.ts'
import { type Examiner, settle } from '../examiner.ts'
import type { LeakCase } from '../leaks.ts'
import { type Needle, needleOf, needlesOfToken } from '../needles.ts'
import { keyNeedles, watchStore } from './bench.ts'

type Scenario = (stage: Stage) => unknown

/** Random tokens and what is secret about them, and managers that record whatever they tell anybody. */
class Stage {
  readonly needles: Needle[]
  readonly told: unknown[] = []
  /** What the application itself may repeat in its errors, and the library must not. */
  readonly claims: Needle[] = []
  readonly #keys: Pick<JwtOptions, 'secretKey' | 'privateKey' | 'publicKey'>
  readonly #algorithm: KeyName
  readonly #random: () => number

  constructor(algorithm: KeyName, random: () => number) {
    this.#algorithm = algorithm
    this.#random = random
    this.#keys = keysOf(algorithm)
    this.needles = keyNeedles(algorithm)
  }

  open(options: Partial<JwtOptions> = {}): JwtManager {
    const warn = (message: string): void => void this.told.push(message)
    const store = options.store && { store: watchStore(options.store, this.told) }
    const common = { ...this.#keys, algorithm: this.#algorithm, clock: () => now * 1000, warn }
    const jwt = new JwtManager({ ...common, ...options, ...store } as JwtOptions<never>)
    for (const name of ['reuse_detected', 'session_created', 'session_revoked', 'store_error'] as const)
      jwt.on(name, event => void this.told.push(event))
    return jwt
  }

  /** What nobody but the user is to know. */
  text(): string {
    const text = Array.from({ length: 24 }, () => Math.floor(this.#random() * 36).toString(36)).join('')
    this.claims.push(needleOf('a claim', text))
    return text
  }

  async token(jwt: JwtManager, kind: 'access' | 'refresh' = 'access', options: object = {}): Promise<string> {
    const all = { claims: { note: this.text() }, ...options }
    return this.watch(
      await (kind === 'access' ? jwt.createAccessToken(this.text(), all) : jwt.createRefreshToken(this.text(), all)),
    )
  }

  watch(token: string): string {
    this.needles.push(...needlesOfToken(token))
    return token
  }

  /** The material of the key: what an application may return by mistake. */
  get material(): unknown {
    return this.#keys.secretKey ?? this.#keys.privateKey
  }
}

const bearer = (token: string): ReturnType<typeof requestOf> =>
  requestOf({ headers: { authorization: `Bearer ${token}` } })

const inCookies = { tokenLocation: ['cookies'] } as const

/** Requests and calls that the library refuses by itself: not even a claim may show. */
const refusals: Readonly<Record<string, Scenario>> = {
  'a token that has expired': async stage => {
    const token = await stage.token(stage.open({ clock: () => (now - 9999) * 1000 }))
    return stage.open().authenticate(bearer(token))
  },
  'a token of tomorrow': async stage => {
    const token = await stage.token(stage.open({ clock: () => (now + 9999) * 1000 }))
    return stage.open().verifyToken(token)
  },
  'another key': async stage => {
    const stranger = stage.open({ algorithm: 'HS256', ...noKeys, secretKey: `${stage.text()}${stage.text()}` })
    return stage.open().verifyToken(await stage.token(stranger))
  },
  'a broken signature': async stage =>
    stage.open().verifyToken(`${(await stage.token(stage.open())).slice(0, -8)}AAAAAAAA`),
  'a broken payload': async stage => {
    const [header, payload = '', signature] = (await stage.token(stage.open())).split('.')
    return stage.open().verifyToken(stage.watch(`${header}.${payload.slice(0, -3)}.${signature}`))
  },
  'a token without its signature': async stage => {
    const [header, payload] = (await stage.token(stage.open())).split('.')
    return stage.open().authenticate(bearer(`${header}.${payload}`))
  },
  'a credential of another kind': async stage => {
    const credential = stage.watch(`${stage.text()}${stage.text()}`)
    return stage.open().authenticate(bearer(credential))
  },
  'a refresh token on an access route': async stage => {
    const jwt = stage.open()
    return jwt.authenticate(bearer(await stage.token(jwt, 'refresh')))
  },
  'an access token on a refresh route': async stage => {
    const jwt = stage.open()
    return jwt.authenticate(bearer(await stage.token(jwt)), { refresh: true })
  },
  'a token that is not fresh': async stage => {
    const jwt = stage.open()
    return jwt.authenticate(bearer(await stage.token(jwt)), { fresh: true })
  },
  'a revoked token': async stage => {
    const jwt = stage.open({ store: memoryStore({ clock: () => now * 1000 }) })
    const token = await stage.token(jwt)
    await jwt.revoke(token)
    return jwt.authenticate(bearer(token))
  },
  'a token on the blocklist': async stage => {
    const jwt = stage.open({ tokenInBlocklist: () => true })
    return jwt.authenticate(bearer(await stage.token(jwt)))
  },
  'claims that the application rejects': async stage => {
    const jwt = stage.open({ verifyClaims: () => false })
    return jwt.authenticate(bearer(await stage.token(jwt)))
  },
  'claims that the schema rejects': async stage => {
    const token = await stage.token(stage.open())
    const error = await settle(() => stage.open({ claimsSchema: quotingSchema }).verifyToken(token))
    // Its issues are what the application asks for by name.
    return error instanceof JwtError ? Object.assign(new Error(error.message), error, { stack: error.stack }) : error
  },
  'another issuer and audience': async stage => {
    const token = await stage.token(stage.open({ encodeIssuer: stage.text(), encodeAudience: stage.text() }))
    const errors = [{ decodeIssuer: 'https://a.example' }, { decodeAudience: 'b.example' }].map(options =>
      settle(() => stage.open(options).verifyToken(token)),
    )
    return Promise.all(errors)
  },
  'two headers': async stage => {
    const jwt = stage.open()
    return jwt.authenticate(bearer(`${await stage.token(jwt)}, Bearer ${await stage.token(jwt)}`))
  },
  'a header of three words': async stage => {
    const jwt = stage.open()
    return jwt.authenticate(bearer(`${await stage.token(jwt)} ${await stage.token(jwt)}`))
  },
  'another scheme': async stage => {
    const jwt = stage.open()
    return jwt.authenticate(requestOf({ headers: { authorization: `Token ${await stage.token(jwt)}` } }))
  },
  'two values of a parameter': async stage => {
    const jwt = stage.open({ tokenLocation: 'query' })
    const tokens = [await stage.token(jwt), await stage.token(jwt)]
    return jwt.authenticate(requestOf({ query: { jwt: tokens } }))
  },
  'a parameter without its prefix': async stage => {
    const jwt = stage.open({ tokenLocation: 'query', query: { prefix: 'Bearer ' } })
    return jwt.authenticate(requestOf({ query: { jwt: [await stage.token(jwt)] } }))
  },
  'a token in a list of a body': async stage => {
    const jwt = stage.open({ tokenLocation: 'json' })
    const body = { access_token: [await stage.token(jwt)] }
    return jwt.authenticate(requestOf({ method: 'POST', headers: { 'content-type': 'application/json' }, body }))
  },
  'two cookies': async stage => {
    const jwt = stage.open(inCookies)
    const cookies = [await stage.token(jwt), await stage.token(jwt)].map(token => `access_token_cookie=${token}`)
    return jwt.authenticate(requestOf({ headers: { cookie: cookies.join('; ') } }))
  },
  'no CSRF value': async stage => authenticateByCookie(stage, {}),
  'a wrong CSRF value': async stage => authenticateByCookie(stage, { 'x-csrf-token': stage.text() }),
  'a request of another site': async stage => authenticateByCookie(stage, { 'sec-fetch-site': 'cross-site' }),
  'a CSRF value where none is': async stage => {
    const jwt = stage.open()
    return jwt.getCsrfToken(await stage.token(jwt))
  },
  'a token that is too long': async stage =>
    stage.open({ maxTokenSize: 64 }).verifyToken(await stage.token(stage.open())),
  'what is no text': async stage => {
    const jwt = stage.open(inCookies)
    const token = await stage.token(jwt)
    const values = [[token], { token }, Buffer.from(token), Promise.resolve(token)] as unknown as string[]
    const calls = values.flatMap(value => [() => jwt.verifyToken(value), () => jwt.accessCookies(value)])
    return Promise.all(calls.map(settle))
  },
  'a reuse': async stage => {
    const clock = { ms: now * 1000 }
    const jwt = stage.open({ clock: () => clock.ms, store: memoryStore({ clock: () => clock.ms }) })
    const first = await jwt.sessions.create(stage.text())
    for (const minutes of [5, 10]) {
      clock.ms += minutes * 60_000
      const { accessToken, refreshToken } = await jwt.sessions
        .rotate(stage.watch(first.refreshToken))
        .catch(() => first)
      for (const token of [accessToken, refreshToken]) stage.watch(token)
    }
    return jwt.sessions.rotate(first.refreshToken)
  },
  'an access token to refresh with': async stage => {
    const jwt = stage.open({ store: memoryStore() })
    return jwt.sessions.rotate(await stage.token(jwt))
  },
  'a token as an option': async stage => {
    const jwt = stage.open()
    const token = await stage.token(jwt)
    return Promise.all([
      settle(() => jwt.verifyToken(token, token as unknown as object)),
      settle(() => jwt.createAccessToken({ token } as object)),
      settle(() => jwt.createAccessToken('alice', { expiresIn: token } as unknown as object)),
      settle(() => jwt.revoke({ token } as never)),
    ])
  },
  'a key where another thing is asked for': stage => {
    const { material } = stage
    const wrong = [
      { encodeKey: material },
      { store: material },
      { clock: material },
      { header: material },
      { leeway: material },
    ]
    return Promise.all(wrong.map(options => settle(() => stage.open(options as Partial<JwtOptions>))))
  },
  'a key that was not imported': async stage => {
    const token = await stage.token(stage.open())
    const given = (): never => stage.material as never
    return Promise.all([
      settle(() => stage.open({ encodeKey: given }).createAccessToken('alice')),
      settle(() => stage.open({ decodeKey: given }).verifyToken(token)),
    ])
  },
}

/** Failures of the application's functions and stores, which repeat all that they were told: claims, but no token. */
const failures: Readonly<Record<string, Scenario>> = {
  'a store': async stage => {
    const jwt = stage.open({ store: failingStore() })
    const token = await stage.token(jwt)
    return Promise.all([
      settle(() => jwt.authenticate(bearer(token))),
      settle(() => jwt.revoke(token)),
      settle(() => jwt.sessions.create(stage.text())),
      settle(async () => jwt.sessions.rotate(await stage.token(jwt, 'refresh'))),
    ])
  },
  // Its message names the identity, as that of Flask-JWT-Extended does.
  'an unknown user': async stage => {
    const jwt = stage.open({ userLookup: () => null })
    return jwt.authenticate(bearer(await stage.token(jwt)))
  },
  ...Object.fromEntries(
    (
      ['userLookup', 'verifyClaims', 'tokenInBlocklist', 'decodeKey', 'onExpired', 'onInvalid', 'onRevoked'] as const
    ).map(name => [name, (stage: Stage) => failIn(stage, name)]),
  ),
}

/** Every refusal with every kind of key, some times over, with other tokens each time. */
export function refusalLeaks(rounds = 3): LeakCase[] {
  const scenarios = [...Object.entries(refusals), ...Object.entries(failures)]
  return scenarios.flatMap(([name, scenario]) =>
    (Object.keys(keyNames) as KeyName[]).flatMap(algorithm =>
      Array.from({ length: rounds }, (_, round) => ({
        name: `refusal: ${name}, ${algorithm}, ${round}`,
        run: (examiner: Examiner, random: () => number) =>
          examineScenario(scenario, { stage: new Stage(algorithm, random), examiner, isOurs: name in refusals }),
      })),
    ),
  )
}

async function examineScenario(
  scenario: Scenario,
  { stage, examiner, isOurs }: { readonly stage: Stage; readonly examiner: Examiner; readonly isOurs: boolean },
): Promise<void> {
  const outcomes = [await settle(() => scenario(stage))].flat()
  if (!outcomes.some(outcome => outcome instanceof Error)) throw new Error('nothing was refused')
  const needles = isOurs ? [...stage.needles, ...stage.claims] : stage.needles
  for (const outcome of outcomes)
    await examiner.examine('the refusal', outcome, outcome instanceof Error ? needles : stage.needles)
  for (const told of stage.told) await examiner.examine('what somebody was told', told, stage.needles)
}

const noKeys = { privateKey: undefined, publicKey: undefined } as const

async function authenticateByCookie(stage: Stage, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const jwt = stage.open(inCookies)
  const cookie = `access_token_cookie=${await stage.token(jwt)}`
  return jwt.authenticate(requestOf({ method: 'POST', headers: { cookie, ...headers } }))
}

const quotingSchema: StandardSchema<object> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: claims => ({ issues: [{ message: `wrong: ${JSON.stringify(claims)}` }] }),
  },
}

async function failIn(stage: Stage, name: string): Promise<unknown> {
  const jwt = stage.open({ [name]: echo, ...(name === 'onRevoked' && { tokenInBlocklist: () => true }) })
  const clock = (): number => (name === 'onExpired' ? now - 9999 : now) * 1000
  const token = await stage.token(stage.open({ clock }))
  return jwt.authenticate(bearer(name === 'onInvalid' ? `${token}=` : token))
}

function failingStore(): Store {
  return new Proxy(memoryStore(), {
    get: (target, name) =>
      typeof Reflect.get(target, name) === 'function'
        ? async (...args: unknown[]) => echo(...args)
        : Reflect.get(target, name),
  })
}

function echo(...args: readonly unknown[]): never {
  throw new Error(`failed at ${JSON.stringify(args)}`)
}
