import { Body, Controller, Get, HttpCode, HttpException, Inject, Post, Res } from '@nestjs/common'
import { CurrentJwt, type JwtContext, JwtManager, JwtRequired, type NestResponse, Public } from 'jwt-extended/nest'
import { revoke } from '../shared/blocklist.ts'
import { isPasswordRight } from '../shared/users.ts'

/** What is not protected here says so: `JwtGuard` stands before every handler of the application. */
@Controller()
export class AuthController {
  readonly #jwt: JwtManager

  constructor(@Inject(JwtManager) jwt: JwtManager) {
    this.#jwt = jwt
  }

  @Public()
  @Post('login')
  @HttpCode(200)
  async logIn(@Body() body: unknown): Promise<object> {
    const username = checkPassword(body)
    return {
      access_token: await this.#jwt.createAccessToken(username, { fresh: true }),
      refresh_token: await this.#jwt.createRefreshToken(username),
    }
  }

  @Public()
  @Post('cookies/login')
  @HttpCode(200)
  async logInByCookies(@Body() body: unknown, @Res({ passthrough: true }) response: NestResponse): Promise<object> {
    const username = checkPassword(body)
    await this.#jwt.setAccessCookies(response, await this.#jwt.createAccessToken(username, { fresh: true }))
    await this.#jwt.setRefreshCookies(response, await this.#jwt.createRefreshToken(username))
    return { login: true }
  }

  @Get('protected')
  protected(@CurrentJwt() { identity }: JwtContext): object {
    return { logged_in_as: identity }
  }

  @JwtRequired({ fresh: true })
  @Post('password')
  @HttpCode(200)
  changePassword(): object {
    return { msg: 'Your password would be changed now' }
  }

  @JwtRequired({ refresh: true })
  @Post('refresh')
  @HttpCode(200)
  async refresh(
    @CurrentJwt() { identity, location }: JwtContext,
    @Res({ passthrough: true }) response: NestResponse,
  ): Promise<object> {
    const token = await this.#jwt.createAccessToken(identity)
    if (location !== 'cookies') return { access_token: token }
    await this.#jwt.setAccessCookies(response, token)
    return { refresh: true }
  }

  // Either kind of token logs itself out: call it with both to end both.
  @JwtRequired({ verifyType: false })
  @Post('logout')
  @HttpCode(200)
  logOut(@CurrentJwt() { claims }: JwtContext, @Res({ passthrough: true }) response: NestResponse): object {
    revoke(claims)
    this.#jwt.unsetJwtCookies(response)
    return { msg: `${claims.type} token revoked` }
  }
}

function checkPassword(body: unknown): string {
  const { username, password } = (body ?? {}) as Record<string, unknown>
  if (isPasswordRight(username, password)) return username
  throw new HttpException({ msg: 'Bad username or password' }, 401)
}
