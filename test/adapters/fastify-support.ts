import fastify, { type FastifyInstance, type FastifyServerOptions, type LightMyRequestResponse } from 'fastify'
import { JwtManager, type JwtOptions } from 'jwt-extended/fastify'
import { secretKey } from '../request/support.ts'

interface Started {
  readonly jwt: JwtManager<unknown>
  readonly app: FastifyInstance
}

/** An application with the plugin, not listening. */
export async function start(options: Partial<JwtOptions> = {}, server: FastifyServerOptions = {}): Promise<Started> {
  const jwt = new JwtManager<unknown>({ secretKey, ...options })
  const app: FastifyInstance = fastify(server)
  await app.register(jwt.plugin())
  return { jwt, app }
}

export async function bearer(jwt: JwtManager<unknown>, options = {}): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await jwt.createAccessToken('alice', options)}` }
}

export function codeOf(reply: LightMyRequestResponse): [number, unknown] {
  return [reply.statusCode, reply.json().code]
}

/** The names of the cookies that a response sets. */
export function namesOf(setCookies: unknown): string[] {
  return [setCookies ?? []].flat().map(cookie => String(cookie).split('=')[0] ?? '')
}
