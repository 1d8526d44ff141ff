import 'reflect-metadata'
import { type INestApplication, Module, type ModuleMetadata } from '@nestjs/common'
import { APP_GUARD, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { JwtGuard, JwtManager, type JwtModuleOptions } from 'jwt-extended/nest'
import { afterEach } from 'vitest'
import { type RawReply, sendRaw } from '../../src/testing/http-client.ts'
import { secretKey } from '../request/support.ts'

const adapters = {
  Express: () => new ExpressAdapter(),
  Fastify: () => new FastifyAdapter(),
}
export type Platform = keyof typeof adapters
export const platforms = Object.keys(adapters) as Platform[]

export const options: JwtModuleOptions = { secretKey }
export const everywhere = { provide: APP_GUARD, useClass: JwtGuard }
export const tokens = new JwtManager({ secretKey })
export const bearer = async (identity: string, issuer: JwtManager = tokens): Promise<string> =>
  `Bearer ${await issuer.createAccessToken(identity)}`

export const running: INestApplication[] = []
afterEach(async () => {
  for (const app of running.splice(0)) await app.close()
})

/** Starts an application on a free port, which is returned; it ends with its test. */
export async function start(
  platform: Platform,
  metadata: ModuleMetadata,
  prepare: (app: INestApplication) => unknown = () => {},
): Promise<number> {
  class AppModule {}
  Module(metadata)(AppModule)
  const adapter = adapters[platform]() as ExpressAdapter
  const app: INestApplication = await NestFactory.create(AppModule, adapter, { logger: false, abortOnError: false })
  running.push(app)
  prepare(app)
  await app.listen(0, '127.0.0.1')
  return (app.getHttpServer().address() as { port: number }).port
}

export async function ask(port: number, path: string, identity?: string): Promise<RawReply> {
  return askWith(port, path, identity === undefined ? {} : { Authorization: await bearer(identity) })
}

export async function askWith(port: number, path: string, headers: Record<string, string>): Promise<RawReply> {
  return sendRaw(port, { path, headers: Object.entries(headers) })
}

export const bodyOf = (reply: RawReply): unknown => JSON.parse(reply.text)
