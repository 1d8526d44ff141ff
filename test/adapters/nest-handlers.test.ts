import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  HttpException,
  Inject,
  Req,
  Res,
} from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import { JwtManager, JwtModule, type NestRequest, type NestResponse } from 'jwt-extended/nest'
import { memoryStore } from 'jwt-extended/stores'
import { describe, expect, test } from 'vitest'
import { ask, bodyOf, options, platforms, start } from './nest-support.ts'

@Controller()
class SessionsController {
  readonly #jwt: JwtManager

  constructor(@Inject(JwtManager) jwt: JwtManager) {
    this.#jwt = jwt
  }

  @Get('sessions')
  sessions(@Req() request: NestRequest, @Res({ passthrough: true }) response: NestResponse): Promise<unknown> {
    return this.#jwt.handlers.sessions(request, response)
  }
}

/** Answers every error in its own way, as many applications do. */
@Catch()
class OwnFilter implements ExceptionFilter {
  readonly #host: HttpAdapterHost

  constructor(host: HttpAdapterHost) {
    this.#host = host
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const status = error instanceof HttpException ? error.getStatus() : 500
    this.#host.httpAdapter.reply(host.switchToHttp().getResponse(), { own: status }, status)
  }
}

describe.each(platforms)('a ready handler of Nest on %s', platform => {
  test('keeps its challenge where a filter of the application answers the refusal', async () => {
    const imports = [JwtModule.forRoot({ ...options, store: memoryStore() })]
    const port = await start(platform, { imports, controllers: [SessionsController] }, app =>
      app.useGlobalFilters(new OwnFilter(app.get(HttpAdapterHost))),
    )
    const refused = await ask(port, '/sessions')
    expect([refused.status, bodyOf(refused), refused.headers['www-authenticate']]).toEqual([
      401,
      { own: 401 },
      'Bearer',
    ])
    expect(bodyOf(await ask(port, '/sessions', 'ada'))).toEqual({ sessions: [] })
  })
})
