import type { IncomingMessage } from 'node:http'
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpException,
  type INestApplication,
  Inject,
  Module,
  type NestInterceptor,
  type PipeTransform,
  Post,
  Query,
  Res,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common'
import { APP_INTERCEPTOR } from '@nestjs/core'
import { Field, GraphQLModule, Query as GraphqlQuery, ObjectType, Resolver } from '@nestjs/graphql'
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius'
import { WsAdapter } from '@nestjs/platform-ws'
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import type { FastifyInstance } from 'fastify'
import {
  CurrentJwt,
  CurrentUser,
  getHttpRequest,
  getJwtContext,
  type JwtContext,
  JwtError,
  JwtException,
  JwtExceptionFilter,
  JwtGuard,
  JwtManager,
  JwtModule,
  type JwtModuleOptions,
  type JwtOptions,
  type JwtOptionsFactory,
  JwtRequired,
  type NestResponse,
  Public,
} from 'jwt-extended/nest'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { sendRaw } from '../../src/testing/http-client.ts'
import { secretKey } from '../request/support.ts'
import { ask, bearer, bodyOf, everywhere, options, platforms, running, start, tokens } from './nest-support.ts'

describe.each(platforms)('the adapter for Nest on %s', platform => {
  test('protects everything but public handlers as APP_GUARD, and that of a method overrides that of its class', async () => {
    @Controller('open')
    @Public()
    class OpenController {
      @Get()
      open(@CurrentJwt() jwt: unknown): object {
        return { jwt: jwt ?? null }
      }

      @Get('not')
      @JwtRequired()
      closed(@CurrentJwt() jwt: JwtContext): object {
        return { identity: jwt.identity }
      }
    }
    @Controller('closed')
    @JwtRequired({ fresh: true })
    class ClosedController {
      @Get()
      closed(): object {
        return {}
      }

      @Get('stale')
      @JwtRequired()
      stale(): object {
        return { stale: true }
      }

      @Get('not')
      @Public()
      open(): object {
        return { open: true }
      }
    }
    @Controller('undecorated')
    class UndecoratedController {
      @Get()
      closed(): object {
        return {}
      }
    }
    const controllers = [OpenController, ClosedController, UndecoratedController]
    const port = await start(platform, { imports: [JwtModule.forRoot(options)], controllers, providers: [everywhere] })
    expect(bodyOf(await ask(port, '/open'))).toEqual({ jwt: null })
    expect((await ask(port, '/open/not')).status).toBe(401)
    expect(bodyOf(await ask(port, '/open/not', 'alice'))).toEqual({ identity: 'alice' })
    expect(bodyOf(await ask(port, '/closed', 'alice'))).toMatchObject({ code: 'fresh_token_required' })
    expect(bodyOf(await ask(port, '/closed/stale', 'alice'))).toEqual({ stale: true })
    expect(bodyOf(await ask(port, '/closed/not'))).toEqual({ open: true })
    expect((await ask(port, '/undecorated')).status).toBe(401)
    expect((await ask(port, '/undecorated', 'alice')).status).toBe(200)
  })

  test('is not open with @JwtRequired() alone, and checks once where guards stand twice', async () => {
    @Controller()
    @JwtRequired()
    class OnceController {
      @Get()
      @JwtRequired()
      @UseGuards(JwtGuard)
      get(): object {
        return {}
      }
    }
    let checks = 0
    const counting: JwtModuleOptions = { ...options, tokenInBlocklist: () => ++checks < 0 }
    const port = await start(platform, {
      imports: [JwtModule.forRoot(counting)],
      controllers: [OnceController],
      providers: [everywhere],
    })
    expect((await ask(port, '/', 'alice')).status).toBe(200)
    expect(checks).toBe(1)
    const alone = await start(platform, { imports: [JwtModule.forRoot(options)], controllers: [OnceController] })
    const refused = await ask(alone, '/')
    expect([refused.status, refused.headers['www-authenticate'], bodyOf(refused)]).toEqual([
      401,
      'Bearer',
      { msg: 'Missing Authorization Header', code: 'token_missing' },
    ])
  })

  test('knows who is asking in guards, interceptors, pipes and handlers, each request its own', async () => {
    const seen: string[] = []
    let arrived = 0
    let release = (): void => {}
    const both = new Promise<void>(resolve => {
      release = resolve
    })
    const note =
      (where: string) =>
      (jwt: JwtManager): void =>
        void seen.push(`${where} ${jwt.current().identity}`)
    class RolesGuard implements CanActivate {
      readonly #jwt: JwtManager
      constructor(@Inject(JwtManager) jwt: JwtManager) {
        this.#jwt = jwt
      }
      canActivate(context: ExecutionContext): boolean {
        if (getJwtContext(context) !== this.#jwt.current()) return false
        note('guard')(this.#jwt)
        return true
      }
    }
    class NotingInterceptor implements NestInterceptor {
      readonly #jwt: JwtManager
      constructor(@Inject(JwtManager) jwt: JwtManager) {
        this.#jwt = jwt
      }
      intercept(_context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
        note('interceptor')(this.#jwt)
        return next.handle()
      }
    }
    class NotingPipe implements PipeTransform {
      readonly #jwt: JwtManager
      constructor(@Inject(JwtManager) jwt: JwtManager) {
        this.#jwt = jwt
      }
      transform(value: unknown): unknown {
        note('pipe')(this.#jwt)
        return value
      }
    }
    @Controller()
    class MeetingController {
      readonly #jwt: JwtManager
      constructor(@Inject(JwtManager) jwt: JwtManager) {
        this.#jwt = jwt
      }

      @Post()
      @JwtRequired()
      @UseGuards(RolesGuard)
      @UseInterceptors(NotingInterceptor)
      async meet(@Query('n', NotingPipe) _n: string): Promise<object> {
        note('handler')(this.#jwt)
        if (++arrived === 2) release()
        await both
        return { identity: this.#jwt.current().identity }
      }

      @Get('open')
      open(): object {
        return { found: this.#jwt.currentOrUndefined() ?? null }
      }
    }
    const port = await start(platform, {
      imports: [JwtModule.forRoot(options)],
      controllers: [MeetingController],
      // The module of the application stands before JwtModule, so this interceptor is the outermost of all.
      providers: [{ provide: APP_INTERCEPTOR, useClass: OpenInterceptor }],
    })
    const replies = await Promise.all(
      ['alice', 'bob'].map(async identity =>
        sendRaw(port, {
          method: 'POST',
          path: '/?n=1',
          headers: [
            ['Authorization', await bearer(identity)],
            ['Content-Type', 'application/json'],
          ],
          body: '{}',
        }),
      ),
    )
    expect(replies.map(bodyOf)).toEqual([{ identity: 'alice' }, { identity: 'bob' }])
    expect(seen.toSorted()).toEqual(
      ['guard', 'handler', 'interceptor', 'pipe'].flatMap(where => [`${where} alice`, `${where} bob`]),
    )
    expect(replies.map(reply => reply.headers['x-outermost'])).toEqual(['alice', 'bob'])
    expect(bodyOf(await ask(port, '/open', 'alice'))).toEqual({ found: null })
  })

  test('has loaders that need providers of the application, by each of the three ways', async () => {
    class Users {
      find(id: string | undefined): { name: string } {
        return { name: `user ${id}` }
      }
    }
    Module({ providers: [Users], exports: [Users] })(UsersModule)
    class MadeOptions implements JwtOptionsFactory {
      readonly #users: Users
      constructor(@Inject(Users) users: Users) {
        this.#users = users
      }
      createJwtOptions(): JwtOptions {
        return { secretKey, userLookup: (_header, { sub }) => this.#users.find(sub) }
      }
    }
    Module({ imports: [UsersModule], providers: [MadeOptions], exports: [MadeOptions] })(OptionsModule)
    @Controller()
    class UserController {
      @Get()
      @JwtRequired()
      user(@CurrentUser() user: unknown): unknown {
        return user
      }
    }
    const ways = [
      JwtModule.forRootAsync({
        imports: [UsersModule],
        inject: [Users],
        useFactory: async (users: Users) => ({
          secretKey,
          userLookup: (_header, { sub }) => users.find(sub),
        }),
      }),
      JwtModule.forRootAsync({ imports: [UsersModule], useClass: MadeOptions }),
      JwtModule.forRootAsync({ imports: [OptionsModule], useExisting: MadeOptions }),
    ]
    for (const way of ways) {
      const port = await start(platform, { imports: [way], controllers: [UserController] })
      expect(bodyOf(await ask(port, '/', 'alice'))).toEqual({ name: 'user alice' })
    }
  })

  test("leaves errors to the filters of the application with errors: 'throw'", async () => {
    @Catch()
    class EveryFilter implements ExceptionFilter<unknown> {
      catch(error: unknown, host: ArgumentsHost): void {
        const { status, code } = error as JwtError
        const response = host.switchToHttp().getResponse<{ status(n: number): { send(body: object): void } }>()
        response.status(status).send({ caught: error instanceof JwtError && code })
      }
    }
    class WhoController {}
    routed(WhoController)
    const metadata = {
      imports: [JwtModule.forRoot({ ...options, errors: 'throw' })],
      controllers: [WhoController],
    }
    const port = await start(platform, metadata, app => app.useGlobalFilters(new EveryFilter()))
    expect(bodyOf(await ask(port, '/'))).toEqual({ caught: 'token_missing' })
  })

  test('is answered rightly, challenge and all, by a filter that knows HttpException alone', async () => {
    @Catch()
    class HttpFilter implements ExceptionFilter<unknown> {
      catch(error: unknown, host: ArgumentsHost): void {
        const response = host.switchToHttp().getResponse<{ status(n: number): { send(body: object): void } }>()
        const status = error instanceof HttpException ? error.getStatus() : 500
        response.status(status).send({ message: (error as Error).message })
      }
    }
    class WhoController {}
    routed(WhoController)
    const metadata = { imports: [JwtModule.forRoot(options)], controllers: [WhoController] }
    const port = await start(platform, metadata, app => app.useGlobalFilters(new HttpFilter()))
    const reply = await ask(port, '/')
    expect([reply.status, reply.headers['www-authenticate'], bodyOf(reply)]).toEqual([
      401,
      'Bearer',
      { message: 'Missing Authorization Header' },
    ])
  })

  test('sets cookies on the response of the platform, and what a handler returns is sent as ever', async () => {
    @Controller()
    class LoginController {
      readonly #jwt: JwtManager
      constructor(@Inject(JwtManager) jwt: JwtManager) {
        this.#jwt = jwt
      }
      @Post()
      async logIn(@Res({ passthrough: true }) response: NestResponse): Promise<object> {
        await this.#jwt.setAccessCookies(response, await this.#jwt.createAccessToken('alice'))
        return { login: true }
      }
    }
    const port = await start(platform, {
      imports: [JwtModule.forRoot({ ...options, tokenLocation: 'cookies' })],
      controllers: [LoginController],
    })
    const reply = await sendRaw(port, { method: 'POST', headers: [['Content-Type', 'application/json']], body: '{}' })
    expect(bodyOf(reply)).toEqual({ login: true })
    expect(reply.setCookies.map(cookie => cookie.split('=')[0])).toEqual(['access_token_cookie', 'csrf_access_token'])
  })
})

test('requests that are injected into Fastify are checked like others', async () => {
  class WhoController {}
  routed(WhoController)
  await start('Fastify', { imports: [JwtModule.forRoot(options)], controllers: [WhoController] })
  const fastify = running[0]?.getHttpAdapter().getInstance() as FastifyInstance
  const headers = { authorization: await bearer('alice') }
  expect((await fastify.inject({ url: '/', headers })).statusCode).toBe(200)
  expect((await fastify.inject('/')).statusCode).toBe(401)
})

describe('mistakes', () => {
  test('in requirements are refused when the class is defined', () => {
    expect(() => JwtRequired({ fesh: true } as object)).toThrow('did you mean fresh?')
    expect(() => JwtRequired({ locations: 'nowhere' } as object)).toThrow(TypeError)
  })

  test('a handler with two decorators is refused, for one would be ignored', () => {
    class Twice {
      get(): void {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Twice.prototype, 'get') as PropertyDescriptor
    Public()(Twice.prototype, 'get', descriptor)
    expect(() => JwtRequired()(Twice.prototype, 'get', descriptor)).toThrow('get has @Public() or @JwtRequired() more')
  })

  test('in options are refused when the module is made, and in the ways to make them', () => {
    expect(() => JwtModule.forRoot({ secretKey: 'short' })).toThrow('secretKey')
    expect(() => JwtModule.forRootAsync({})).toThrow('exactly one of useFactory, useClass and useExisting')
  })

  test('a guard without a key to verify with does not start', async () => {
    class WhoController {}
    routed(WhoController)
    const issuing = { encodeKey: () => undefined }
    await expect(
      start('Express', { imports: [JwtModule.forRoot(issuing)], controllers: [WhoController] }),
    ).rejects.toThrow('needs a key to verify with')
  })
})

describe('GraphQL', () => {
  @ObjectType()
  class Who {
    @Field(() => String, { nullable: true })
    identity: string | undefined
  }

  @Resolver(() => Who)
  class WhoResolver {
    readonly #jwt: JwtManager
    constructor(@Inject(JwtManager) jwt: JwtManager) {
      this.#jwt = jwt
    }

    @GraphqlQuery(() => Who)
    async me(@CurrentJwt() jwt: JwtContext): Promise<Who> {
      await new Promise(resolve => setImmediate(resolve))
      return { identity: jwt === this.#jwt.current() ? jwt.identity : 'another' }
    }

    @GraphqlQuery(() => Who)
    @JwtRequired({ locations: 'query', optional: true })
    async byQuery(): Promise<Who> {
      await new Promise(resolve => setImmediate(resolve))
      return { identity: this.#jwt.current({ optional: true }).identity }
    }

    @GraphqlQuery(() => Who)
    @Public()
    open(): Who {
      return { identity: this.#jwt.currentOrUndefined()?.identity }
    }
  }

  async function query(text: string, identity?: string, path = '/graphql'): Promise<unknown> {
    const graphql = GraphQLModule.forRoot<MercuriusDriverConfig>({ driver: MercuriusDriver, autoSchemaFile: true })
    const port = await start('Fastify', {
      imports: [JwtModule.forRoot({ ...options, tokenLocation: ['headers', 'query'] }), graphql],
      providers: [WhoResolver, everywhere],
    })
    const headers: [string, string][] = [['Content-Type', 'application/json']]
    if (identity !== undefined) headers.push(['Authorization', await bearer(identity)])
    return bodyOf(await sendRaw(port, { method: 'POST', path, headers, body: JSON.stringify({ query: text }) }))
  }

  test('protects resolvers, each field by its own requirements', async () => {
    const token = await tokens.createAccessToken('bob')
    const answer = await query(
      '{ me { identity } byQuery { identity } open { identity } }',
      'alice',
      `/graphql?jwt=${token}`,
    )
    expect(answer).toEqual({
      data: { me: { identity: 'alice' }, byQuery: { identity: 'bob' }, open: { identity: null } },
    })
  })

  test('refuses with the message and the code', async () => {
    expect(await query('{ me { identity } }')).toMatchObject({
      data: null,
      errors: [{ message: expect.stringContaining('Missing'), extensions: { code: 'token_missing' } }],
    })
    expect(await query('{ open { identity } }')).toEqual({ data: { open: { identity: null } } })
  })
})

describe('WebSockets', () => {
  const upgrades = new WeakMap<object, IncomingMessage>()
  const upgradeOf = (context: ExecutionContext): IncomingMessage =>
    upgrades.get(context.switchToWs().getClient()) as IncomingMessage

  // The filter of Nest 11 sends nothing to a client of `ws`.
  @Catch(JwtException)
  class RefusalFilter implements ExceptionFilter<JwtException> {
    catch({ error }: JwtException, host: ArgumentsHost): void {
      const client = host.switchToWs().getClient<WebSocket>()
      client.send(JSON.stringify({ event: 'refused', data: error.code }))
    }
  }

  @WebSocketGateway({ path: '/live' })
  @UseFilters(new RefusalFilter())
  class LiveGateway {
    readonly #jwt: JwtManager
    constructor(@Inject(JwtManager) jwt: JwtManager) {
      this.#jwt = jwt
    }

    handleConnection(client: object, request: IncomingMessage): void {
      upgrades.set(client, request)
    }

    @SubscribeMessage('who')
    @JwtRequired()
    async who(@CurrentJwt() jwt: JwtContext, @MessageBody() data: unknown): Promise<object> {
      await new Promise(resolve => setImmediate(resolve))
      return { event: 'who', data: { identity: this.#jwt.current().identity, same: jwt === this.#jwt.current(), data } }
    }
  }

  async function exchange(port: number, messages: readonly object[], identity?: string): Promise<unknown[]> {
    const headers = identity === undefined ? {} : { authorization: await bearer(identity) }
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, { headers })
    return new Promise((resolve, reject) => {
      const answers: unknown[] = []
      socket.on('error', reject)
      socket.on('open', () => {
        for (const message of messages) socket.send(JSON.stringify(message))
      })
      socket.on('message', text => {
        answers.push(JSON.parse(String(text)))
        if (answers.length < messages.length) return
        socket.close()
        resolve(answers)
      })
    })
  }

  const useWs = (app: INestApplication): unknown => app.useWebSocketAdapter(new WsAdapter(app))

  test('are protected by the request of their upgrade', async () => {
    const port = await start(
      'Express',
      { imports: [JwtModule.forRoot({ ...options, getRequest: upgradeOf })], providers: [LiveGateway] },
      useWs,
    )
    const [alice, bob] = await Promise.all([
      exchange(port, [{ event: 'who', data: 1 }], 'alice'),
      exchange(port, [{ event: 'who', data: { two: 2 } }], 'bob'),
    ])
    expect(alice).toEqual([{ event: 'who', data: { identity: 'alice', same: true, data: 1 } }])
    expect(bob).toEqual([{ event: 'who', data: { identity: 'bob', same: true, data: { two: 2 } } }])
    expect(await exchange(port, [{ event: 'who', data: 1 }])).toEqual([{ event: 'refused', data: 'token_missing' }])
  })

  test('check a token again with every message of a connection', async () => {
    let isRevoked = false
    const imports = [JwtModule.forRoot({ ...options, getRequest: upgradeOf, tokenInBlocklist: () => isRevoked })]
    const port = await start('Express', { imports, providers: [LiveGateway] }, useWs)
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, { headers: { authorization: await bearer('alice') } })
    const answer = (): Promise<unknown> =>
      new Promise(resolve => socket.once('message', text => resolve(JSON.parse(String(text)))))
    await new Promise(resolve => socket.once('open', resolve))
    const ask = (): Promise<unknown> => {
      const next = answer()
      socket.send(JSON.stringify({ event: 'who', data: 1 }))
      return next
    }
    expect(await ask()).toMatchObject({ event: 'who' })
    isRevoked = true
    expect(await ask()).toEqual({ event: 'refused', data: 'token_revoked' })
    socket.close()
  })

  test('take their request from a subclass of the guard, too', async () => {
    class UpgradeGuard extends JwtGuard {
      override getRequest(context: ExecutionContext): IncomingMessage {
        return upgradeOf(context)
      }
    }
    @WebSocketGateway({ path: '/live' })
    @UseFilters(new RefusalFilter())
    class GuardedGateway {
      handleConnection(client: object, request: IncomingMessage): void {
        upgrades.set(client, request)
      }

      @SubscribeMessage('who')
      @UseGuards(UpgradeGuard)
      who(@CurrentJwt() jwt: JwtContext): object {
        return { event: 'who', data: jwt.identity }
      }
    }
    const port = await start('Express', { imports: [JwtModule.forRoot(options)], providers: [GuardedGateway] }, useWs)
    expect(await exchange(port, [{ event: 'who', data: 1 }], 'alice')).toEqual([{ event: 'who', data: 'alice' }])
    expect(await exchange(port, [{ event: 'who', data: 1 }])).toEqual([{ event: 'refused', data: 'token_missing' }])
  })

  test('have no request by themselves, and the error says what to do', () => {
    const context = { getType: () => 'ws' } as unknown as ExecutionContext
    expect(() => getHttpRequest(context)).toThrow('set getRequest in JwtModule.forRoot()')
  })
})

test('the filter passes on what has no response to answer on', () => {
  const error = new JwtError('token_missing', 'Missing')
  const filter = new JwtExceptionFilter(undefined as never)
  expect(() => filter.catch(error, { getType: () => 'rpc' } as unknown as ArgumentsHost)).toThrow(error)
})

class UsersModule {}
class OptionsModule {}

/** An interceptor of the application that runs before that of `JwtModule`. */
class OpenInterceptor implements NestInterceptor {
  readonly #jwt: JwtManager
  constructor(@Inject(JwtManager) jwt: JwtManager) {
    this.#jwt = jwt
  }
  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    const response = context.switchToHttp().getResponse<{ header(name: string, value: string): void }>()
    response.header('x-outermost', String(this.#jwt.currentOrUndefined()?.identity))
    return next.handle()
  }
}

/** Gives a class one protected route. */
function routed(target: new () => object): void {
  Object.defineProperty(target.prototype, 'who', { value: () => ({}), configurable: true, writable: true })
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, 'who') as PropertyDescriptor
  Get()(target.prototype, 'who', descriptor)
  JwtRequired()(target.prototype, 'who', descriptor)
  Controller()(target)
}
