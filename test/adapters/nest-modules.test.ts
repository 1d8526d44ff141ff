import { randomBytes } from 'node:crypto'
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type DynamicModule,
  type ExceptionFilter,
  Get,
  Inject,
  Module,
  type Type,
} from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { CurrentJwt, type JwtContext, JwtError, JwtManager, JwtModule, JwtRequired, Public } from 'jwt-extended/nest'
import { describe, expect, test } from 'vitest'
import type { RawReply } from '../../src/testing/http-client.ts'
import { ask, askWith, bearer, bodyOf, options, platforms, start } from './nest-support.ts'

/** A controller that tells who is asking, in two ways. */
function whoController(path: string): Type {
  @Controller(path)
  class WhoController {
    readonly #jwt: JwtManager
    constructor(@Inject(JwtManager) jwt: JwtManager) {
      this.#jwt = jwt
    }

    @Get()
    @JwtRequired()
    who(@CurrentJwt() jwt: JwtContext): object {
      return { identity: jwt.identity, current: this.#jwt.current().identity }
    }

    @Get('verify')
    @Public()
    async verify(): Promise<object> {
      return this.#jwt.verifyToken('no token')
    }

    @Get('own')
    @Public()
    own(): object {
      throw new JwtError('token_missing', 'thrown by hand')
    }
  }
  return WhoController
}

/** A module with a manager of its own. */
function featureModule(path: string, jwtModule: DynamicModule): Type {
  class FeatureModule {}
  Module({ imports: [jwtModule], controllers: [whoController(path)] })(FeatureModule)
  return FeatureModule
}

/** What an application has for errors that the module leaves to it. */
@Catch(JwtError)
class ThrownFilter implements ExceptionFilter<JwtError> {
  catch({ code, status }: JwtError, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<{ status(n: number): { send(body: object): void } }>()
    response.status(status).send({ caught: code })
  }
}

const challengeOf = ({ status, headers }: RawReply): unknown[] => [status, headers['www-authenticate']]

describe.each(platforms)('isGlobal on Nest with %s', platform => {
  test('is true unless said otherwise: every module has the manager and the guard', async () => {
    class OtherModule {}
    Module({ controllers: [whoController('other')] })(OtherModule)
    const port = await start(platform, { imports: [JwtModule.forRoot(options), OtherModule] })
    expect((await ask(port, '/other')).status).toBe(401)
    expect(bodyOf(await ask(port, '/other', 'alice'))).toEqual({ identity: 'alice', current: 'alice' })
  })

  test.each([
    ['forRoot', () => JwtModule.forRoot({ ...options, isGlobal: false })],
    ['forRootAsync', () => JwtModule.forRootAsync({ isGlobal: false, useFactory: () => options })],
  ] as const)('as false in %s() leaves modules alone that do not import it', async (_, make) => {
    class OtherModule {}
    Module({ controllers: [whoController('other')] })(OtherModule)
    await expect(start(platform, { imports: [make(), OtherModule] })).rejects.toThrow('JwtManager')
  })

  test('as false lets modules have managers of their own, whose tokens are not mistaken', async () => {
    const [first, second] = [randomBytes(64), randomBytes(64)]
    const own = (path: string, secretKey: Uint8Array): Type =>
      featureModule(path, JwtModule.forRoot({ secretKey, isGlobal: false }))
    const port = await start(platform, { imports: [own('first', first), own('second', second)] })
    const headersOf = async (secretKey: Uint8Array): Promise<Record<string, string>> => ({
      Authorization: await bearer('alice', new JwtManager({ secretKey })),
    })
    const alice = { identity: 'alice', current: 'alice' }
    expect(bodyOf(await askWith(port, '/first', await headersOf(first)))).toEqual(alice)
    expect(bodyOf(await askWith(port, '/second', await headersOf(second)))).toEqual(alice)
    expect(bodyOf(await askWith(port, '/first', await headersOf(second)))).toMatchObject({ code: 'token_invalid' })
    expect(bodyOf(await askWith(port, '/second', await headersOf(first)))).toMatchObject({ code: 'token_invalid' })
  })
})

describe.each(platforms)("errors: 'throw' on Nest with %s", platform => {
  const throwing = { ...options, errors: 'throw' } as const

  test('leaves the errors of its module to the application, whatever another module answers', async () => {
    const throws = featureModule('throws', JwtModule.forRoot({ ...throwing, isGlobal: false }))
    const answers = featureModule('answers', JwtModule.forRoot({ ...options, isGlobal: false }))
    for (const imports of [
      [throws, answers],
      [answers, throws],
    ]) {
      const providers = [{ provide: APP_FILTER, useClass: ThrownFilter }]
      const port = await start(platform, { imports, providers })
      expect(bodyOf(await ask(port, '/throws'))).toEqual({ caught: 'token_missing' })
      expect(bodyOf(await ask(port, '/throws/verify'))).toEqual({ caught: 'token_invalid' })
      expect(bodyOf(await ask(port, '/answers'))).toMatchObject({ code: 'token_missing' })
    }
    const withoutFilter = await start(platform, { imports: [throws, answers] })
    expect(bodyOf(await ask(withoutFilter, '/answers/verify'))).toMatchObject({ code: 'token_invalid' })
    expect(bodyOf(await ask(withoutFilter, '/answers/own'))).toMatchObject({ code: 'token_missing' })
  })

  test('keeps the challenge where the application has no filter', async () => {
    const imports = [featureModule('who', JwtModule.forRoot(throwing))]
    const port = await start(platform, { imports })
    const refused = await ask(port, '/who')
    expect(challengeOf(refused)).toEqual([401, 'Bearer'])
    expect(challengeOf(await askWith(port, '/who', { Authorization: 'Bearer no.token' }))).toEqual([
      401,
      expect.stringContaining('Bearer error="invalid_token"'),
    ])
  })
})
