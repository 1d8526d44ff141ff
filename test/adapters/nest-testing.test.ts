import 'reflect-metadata'
import { randomBytes } from 'node:crypto'
import {
  Controller,
  Get,
  HttpCode,
  type INestApplication,
  Inject,
  Injectable,
  Module,
  Post,
  Res,
  type Type,
} from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { Test, type TestingModuleBuilder } from '@nestjs/testing'
import {
  CurrentUser,
  JwtGuard,
  JwtManager,
  JwtModule,
  type JwtOptions,
  JwtRequired,
  type NestResponse,
  Public,
} from 'jwt-extended/nest'
import { fixedClock, type TestHeaders, testCredentials } from 'jwt-extended/testing'
import { afterEach, describe, expect, test } from 'vitest'

interface User {
  readonly name: string
}

@Injectable()
class UsersService {
  find(id: string | undefined): User | undefined {
    return id === 'ada' ? { name: 'Ada Lovelace' } : undefined
  }
}

/** What an application reads from its environment; a test has no key there. */
class Settings {
  readonly jwt: JwtOptions = {}
}

@Module({ providers: [UsersService, Settings], exports: [UsersService, Settings] })
class SharedModule {}

@Injectable()
class GreetingService {
  @Inject(JwtManager) private readonly jwt!: JwtManager

  greet(): string {
    return `Hello ${this.jwt.current().identity}`
  }
}

@Controller()
class AccountController {
  @Inject(JwtManager) private readonly jwt!: JwtManager<User>
  @Inject(GreetingService) private readonly greetings!: GreetingService

  @Public()
  @Post('login')
  @HttpCode(200)
  async logIn(@Res({ passthrough: true }) response: NestResponse): Promise<object> {
    await this.jwt.setAccessCookies(response, await this.jwt.createAccessToken('ada'))
    return {}
  }

  @Get('account')
  account(@CurrentUser() user: User): object {
    return { name: user.name, greeting: this.greetings.greet() }
  }

  @JwtRequired()
  @Post('transfer')
  @HttpCode(200)
  transfer(): object {
    return { greeting: this.greetings.greet() }
  }

  @JwtRequired({ fresh: true })
  @Get('secret')
  secret(): object {
    return { secret: 42 }
  }
}

@Module({
  imports: [
    JwtModule.forRootAsync({
      imports: [SharedModule],
      inject: [UsersService, Settings],
      useFactory: (users: UsersService, settings: Settings) => ({
        tokenLocation: ['headers', 'cookies'],
        userLookup: (_header, { sub }) => users.find(sub),
        ...settings.jwt,
      }),
    }),
  ],
  controllers: [AccountController],
  providers: [GreetingService, { provide: APP_GUARD, useClass: JwtGuard }],
})
class AppModule {}

/** Without a guard before the application, and with a manager that is made when this file is loaded. */
@Module({
  imports: [JwtModule.forRoot({ secretKey: randomBytes(64) })],
  controllers: [AccountController],
  providers: [GreetingService],
})
class UnguardedModule {}

const platforms = { Express: () => new ExpressAdapter(), Fastify: () => new FastifyAdapter() }
type Platform = keyof typeof platforms
type Send = (path: string, init?: RequestInit) => Promise<Response>

const running: INestApplication[] = []
afterEach(async () => {
  for (const app of running.splice(0)) await app.close()
})

const build = (module: Type = AppModule): TestingModuleBuilder => Test.createTestingModule({ imports: [module] })

async function start(
  platform: Platform,
  builder: TestingModuleBuilder,
): Promise<{ app: INestApplication; send: Send }> {
  const testing = await builder.compile()
  const app = testing.createNestApplication(platforms[platform]() as ExpressAdapter, { logger: false })
  running.push(app)
  await app.listen(0, '127.0.0.1')
  const { port } = app.getHttpServer().address() as { port: number }
  return { app, send: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init) }
}

const refusalOf = async (reply: Response): Promise<unknown> => [
  reply.status,
  ((await reply.json()) as { code: string }).code,
]

/** What a browser sends for its own page, after an answer that sets cookies. */
function headersAfter(reply: Response): Record<string, string> {
  const cookies = reply.headers.getSetCookie().map(line => line.split(';')[0] ?? '')
  const csrf = cookies.find(cookie => cookie.startsWith('csrf_access_token='))
  return { Cookie: cookies.join('; '), 'X-CSRF-TOKEN': csrf?.split('=')[1] ?? '' }
}

describe.each(Object.keys(platforms) as Platform[])('a testing module of Nest on %s', platform => {
  test.each<[string, Type]>([
    ['forRootAsync()', AppModule],
    ['forRoot()', UnguardedModule],
  ])('has a manager of its own in place of that of %s', async (_, module) => {
    const jwt = new JwtManager({ secretKey: randomBytes(64), tokenLocation: ['headers', 'cookies'] })
    const { app, send } = await start(platform, build(module).overrideProvider(JwtManager).useValue(jwt))
    const { cookiesFor, headersFor } = testCredentials(jwt)
    const transfer = async (headers: Promise<TestHeaders>): Promise<Response> =>
      send('/transfer', { method: 'POST', headers: await headers })

    expect(app.get(JwtManager)).toBe(jwt)
    expect(await (await transfer(headersFor('ada'))).json()).toEqual({ greeting: 'Hello ada' })
    expect(await (await transfer(cookiesFor('ada'))).json()).toEqual({ greeting: 'Hello ada' })
    expect(await refusalOf(await transfer(cookiesFor('ada', { csrf: false })))).toEqual([401, 'csrf_missing'])
    expect(await refusalOf(await send('/transfer', { method: 'POST' }))).toEqual([401, 'token_missing'])
    expect(await refusalOf(await send('/secret', { headers: await headersFor('ada') }))).toEqual([
      401,
      'fresh_token_required',
    ])
    const foreign = testCredentials(new JwtManager({ secretKey: randomBytes(64) }))
    expect(await refusalOf(await transfer(foreign.headersFor('ada')))).toEqual([401, 'token_invalid'])
  })

  test('logs in by cookie, and out when its clock says so', async () => {
    const clock = fixedClock('2030-01-01T09:00:00Z')
    const jwt = new JwtManager({ secretKey: randomBytes(64), clock, tokenLocation: ['cookies'] })
    const { send } = await start(platform, build().overrideProvider(JwtManager).useValue(jwt))
    const headers = headersAfter(await send('/login', { method: 'POST' }))
    const transfer = (): Promise<Response> => send('/transfer', { method: 'POST', headers })
    clock.advance('14m')
    expect((await transfer()).status).toBe(200)
    clock.advance('1m')
    expect(await refusalOf(await transfer())).toEqual([401, 'token_expired'])
  })

  test('keeps the loaders where only what they are made of is replaced', async () => {
    const settings: Settings = { jwt: { secretKey: randomBytes(64), clock: fixedClock() } }
    const { app, send } = await start(platform, build().overrideProvider(Settings).useValue(settings))
    const { headersFor } = testCredentials(app.get(JwtManager))
    const reply = await send('/account', { headers: await headersFor('ada') })
    expect(await reply.json()).toEqual({ name: 'Ada Lovelace', greeting: 'Hello ada' })
    expect(await refusalOf(await send('/account', { headers: await headersFor('bob') }))).toEqual([
      401,
      'user_not_found',
    ])
  })

  test('has no loaders but those of the manager that replaces the other', async () => {
    const withoutLoader = new JwtManager({ secretKey: randomBytes(64) })
    const { send } = await start(platform, build().overrideProvider(JwtManager).useValue(withoutLoader))
    const headers = await testCredentials(withoutLoader).headersFor('ada')
    expect((await send('/account', { headers })).status).toBe(500)

    const { app, send: sendAgain } = await start(
      platform,
      build()
        .overrideProvider(JwtManager)
        .useFactory({
          inject: [UsersService],
          factory: (users: UsersService) =>
            new JwtManager({ secretKey: randomBytes(64), userLookup: (_header, { sub }) => users.find(sub) }),
        }),
    )
    const reply = await sendAgain('/account', { headers: await testCredentials(app.get(JwtManager)).headersFor('ada') })
    expect(await reply.json()).toEqual({ name: 'Ada Lovelace', greeting: 'Hello ada' })
  })

  test('stays closed where the guard is overridden that stands before the application', async () => {
    const { send } = await start(
      platform,
      build()
        .overrideProvider(Settings)
        .useValue({ jwt: { secretKey: randomBytes(64) } })
        .overrideGuard(JwtGuard)
        .useValue({ canActivate: () => true }),
    )
    expect((await send('/account')).status).toBe(401)
    expect((await send('/secret')).status).toBe(401)
  })

  test('opens what @JwtRequired() protects where its guard is overridden, and nobody is asking then', async () => {
    const open = build(UnguardedModule)
      .overrideGuard(JwtGuard)
      .useValue({ canActivate: () => true })
    const { send } = await start(platform, open)
    expect(await (await send('/secret')).json()).toEqual({ secret: 42 })
    expect((await send('/transfer', { method: 'POST' })).status).toBe(500)
  })
})

test('a testing module with the options of production needs their key', async () => {
  await expect(build().compile()).rejects.toThrow('secretKey is missing')
})
