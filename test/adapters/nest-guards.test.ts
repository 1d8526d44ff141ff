import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  UseGuards,
} from '@nestjs/common'
import { APP_GUARD, HttpAdapterHost } from '@nestjs/core'
import { CurrentJwt, type JwtContext, JwtGuard, JwtManager, JwtModule, JwtRequired, Public } from 'jwt-extended/nest'
import { describe, expect, test } from 'vitest'
import type { RawReply } from '../../src/testing/http-client.ts'
import { ask, askWith, bearer, bodyOf, everywhere, options, platforms, start } from './nest-support.ts'

/** The token of a service travels in a header of its own. */
@Injectable()
class ServiceGuard extends JwtGuard {
  override getRequest(context: ExecutionContext): ReturnType<JwtGuard['getRequest']> {
    return { method: 'GET', header: name => readServiceToken(context, name) }
  }
}

/** One class, but what its objects read depends on how they were made. */
class HeaderGuard extends JwtGuard {
  readonly #header: string
  constructor(header: string, ...rest: ConstructorParameters<typeof JwtGuard>) {
    super(...rest)
    this.#header = header
  }
  override getRequest(context: ExecutionContext): ReturnType<JwtGuard['getRequest']> {
    return { method: 'GET', header: name => readServiceToken(context, name, this.#header) }
  }
}

@Injectable()
class LetThrough implements CanActivate {
  canActivate(): boolean {
    return true
  }
}

/** As decorators do that keep the metadata of what they wrap. */
function wrapped(_target: object, _name: string, descriptor: PropertyDescriptor): void {
  const { value } = descriptor
  descriptor.value = Object.setPrototypeOf(() => value(), value)
}

function readServiceToken(context: ExecutionContext, name: string, from = 'x-service'): string | undefined {
  const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>()
  return name.toLowerCase() === 'authorization' ? headers[from] : undefined
}

const statuses = async (replies: readonly Promise<RawReply>[]): Promise<number[]> =>
  (await Promise.all(replies)).map(reply => reply.status)

const imports = [JwtModule.forRoot(options)]
const withAndWithout = [
  ['with', [everywhere]],
  ['without', []],
] as const

describe.each(platforms)('a guard that stands on a handler, on Nest with %s', platform => {
  @Controller('open')
  @Public()
  class OpenController {
    @Get('guarded')
    @UseGuards(JwtGuard)
    guarded(@CurrentJwt() jwt?: JwtContext): object {
      return { identity: jwt?.identity ?? null }
    }

    @Get('service')
    @UseGuards(LetThrough, ServiceGuard)
    service(@CurrentJwt() jwt?: JwtContext): object {
      return { identity: jwt?.identity ?? null }
    }

    @Get('same')
    @Public()
    @UseGuards(ServiceGuard)
    same(): object {
      return {}
    }

    @Get('other')
    @UseGuards(LetThrough)
    other(): object {
      return {}
    }
  }

  test.each(withAndWithout)('asks in a public class, too, %s APP_GUARD', async (_, providers) => {
    const port = await start(platform, { imports, controllers: [OpenController], providers: [...providers] })
    const service = { 'X-Service': await bearer('robot') }
    expect((await ask(port, '/open/guarded')).status).toBe(401)
    expect(bodyOf(await ask(port, '/open/guarded', 'alice'))).toEqual({ identity: 'alice' })
    expect((await ask(port, '/open/service', 'alice')).status).toBe(401)
    expect(bodyOf(await askWith(port, '/open/service', service))).toEqual({ identity: 'robot' })
    expect((await ask(port, '/open/other')).status).toBe(200)
  })

  test('asks beside @Public(), which opens the handler for the guard of the application alone', async () => {
    const port = await start(platform, { imports, controllers: [OpenController], providers: [everywhere] })
    const service = { 'X-Service': await bearer('robot') }
    expect(
      await statuses([ask(port, '/open/same'), ask(port, '/open/same', 'alice'), askWith(port, '/open/same', service)]),
    ).toEqual([401, 401, 200])
  })

  test('asks as an object, too', async () => {
    const manager = new JwtManager(options)
    const host = new HttpAdapterHost()
    @Controller()
    @Public()
    class ObjectController {
      @Get()
      @UseGuards(new JwtGuard(manager, host))
      get(): object {
        return {}
      }
    }
    const prepare = (app: INestApplication): void => {
      host.httpAdapter = app.getHttpAdapter() as never
    }
    const port = await start(platform, { imports, controllers: [ObjectController], providers: [everywhere] }, prepare)
    expect(await statuses([ask(port, '/'), ask(port, '/', 'alice')])).toEqual([401, 200])
  })

  test('does not weaken what its class asks for', async () => {
    @Controller()
    @JwtRequired({ fresh: true })
    class FreshController {
      @Get()
      @UseGuards(JwtGuard)
      get(): object {
        return {}
      }
    }
    const port = await start(platform, { imports, controllers: [FreshController], providers: [everywhere] })
    expect(bodyOf(await ask(port, '/', 'alice'))).toMatchObject({ code: 'fresh_token_required' })
  })

  test('asks where another decorator has wrapped the handler', async () => {
    @Controller()
    @Public()
    class WrappedController {
      @Get()
      @wrapped
      @JwtRequired({ fresh: true })
      get(): object {
        return {}
      }
    }
    const port = await start(platform, { imports, controllers: [WrappedController] })
    expect((await ask(port, '/')).status).toBe(401)
    expect(bodyOf(await ask(port, '/', 'alice'))).toMatchObject({ code: 'fresh_token_required' })
  })

  test('asks on a public class itself, but not where a method or a subclass is public', async () => {
    @UseGuards(JwtGuard)
    @Public()
    @Controller('both')
    class BothController {
      @Get()
      get(): object {
        return {}
      }

      @Get('open')
      @Public()
      open(): object {
        return {}
      }
    }
    @JwtRequired()
    class ParentController {
      @Get()
      get(): object {
        return {}
      }
    }
    @Public()
    @Controller('public')
    class PublicController extends ParentController {}
    @Controller('inheriting')
    class InheritingController extends ParentController {}
    const controllers = [BothController, PublicController, InheritingController]
    const port = await start(platform, { imports, controllers, providers: [everywhere] })
    const paths = ['/both', '/both/open', '/public', '/inheriting']
    expect(await statuses(paths.map(path => ask(port, path)))).toEqual([401, 200, 200, 401])
  })
})

describe.each(platforms)('guards that read different requests, on Nest with %s', platform => {
  @Controller()
  class SecretController {
    @Get()
    @UseGuards(ServiceGuard)
    secret(@CurrentJwt() jwt: JwtContext): object {
      return { identity: jwt.identity }
    }
  }

  test('both check: a token for one does not pass the other', async () => {
    const port = await start(platform, { imports, controllers: [SecretController], providers: [everywhere] })
    const [alice, robot] = [await bearer('alice'), await bearer('robot')]
    expect((await askWith(port, '/', { Authorization: alice })).status).toBe(401)
    expect((await askWith(port, '/', { 'X-Service': robot })).status).toBe(401)
    const reply = await askWith(port, '/', { Authorization: alice, 'X-Service': robot })
    expect(bodyOf(reply)).toEqual({ identity: 'robot' })
  })

  test('both check where they are objects of one class', async () => {
    const guard = (header: string) => ({
      provide: APP_GUARD,
      inject: [JwtManager, HttpAdapterHost],
      useFactory: (manager: JwtManager, host: HttpAdapterHost) => new HeaderGuard(header, manager, host),
    })
    @Controller()
    class BothController {
      @Get()
      get(): object {
        return {}
      }
    }
    const providers = [guard('x-user'), guard('x-service')]
    const port = await start(platform, { imports, controllers: [BothController], providers })
    const token = await bearer('alice')
    expect(
      await statuses([
        askWith(port, '/', { 'X-User': token }),
        askWith(port, '/', { 'X-Service': token }),
        askWith(port, '/', { 'X-User': token, 'X-Service': token }),
      ]),
    ).toEqual([401, 401, 200])
  })
})
