import 'reflect-metadata'
import formbody from '@fastify/formbody'
import multipart from '@fastify/multipart'
import {
  All,
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  HttpCode,
  type INestApplication,
  Inject,
  Module,
  Req,
  Res,
  type Type,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import express, { type ErrorRequestHandler, type Response } from 'express'
import type { FastifyReply } from 'fastify'
import { JwtError, JwtManager, JwtModule, JwtRequired, type NestRequest, type NestResponse } from 'jwt-extended/nest'
import { type AdapterHarness, bindTools, type ContractRoute, type ReadyRoute } from 'jwt-extended/testing'
import multer from 'multer'

type PlatformRequest = NestRequest & { readonly body: unknown }

/** What differs between the two platforms. */
interface Platform {
  readonly name: string
  readonly readsBodyOfGet: boolean
  create(module: Type): Promise<INestApplication>
  append(response: unknown, name: string, value: string): void
  /** Sends JSON, whatever the value. */
  send(response: unknown, status: number, body: unknown): void
}

/** A body that cannot be parsed is no body. */
const forgiveBody: ErrorRequestHandler = (_error, _req, _res, next) => next()

const expressPlatform: Platform = {
  name: 'Nest on Express',
  readsBodyOfGet: true,
  async create(module) {
    const app = await NestFactory.create<NestExpressApplication>(module, new ExpressAdapter(), {
      logger: false,
      abortOnError: false,
      bodyParser: false,
    })
    return app.use(
      express.json({ strict: false, type: ['application/json', 'application/*+json'] }),
      express.urlencoded(),
      multer().none(),
      forgiveBody,
    )
  },
  append: (response, name, value) => void (response as Response).append(name, value),
  send: (response, status, body) => void (response as Response).status(status).json(body),
}

const fastifyPlatform: Platform = {
  name: 'Nest on Fastify',
  readsBodyOfGet: false,
  async create(module) {
    const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
      bodyParser: false,
    })
    const fastify = app.getHttpAdapter().getInstance()
    fastify.removeAllContentTypeParsers()
    fastify.addContentTypeParser(/^application\/(json|.*\+json)(;|$)/, { parseAs: 'string' }, (_request, text, done) =>
      done(null, parseJson(String(text))),
    )
    await app.register(formbody)
    await app.register(multipart, { attachFieldsToBody: 'keyValues' })
    fastify.addContentTypeParser('*', (_request, payload, done) => {
      payload.resume()
      payload.on('end', () => done(null))
    })
    return app
  },
  append: (response, name, value) => void (response as FastifyReply).header(name, value),
  send: (response, status, body) =>
    void (response as FastifyReply).status(status).type('application/json; charset=utf-8').send(JSON.stringify(body)),
}

export const nestExpressHarness: AdapterHarness = harnessFor(expressPlatform)
export const nestFastifyHarness: AdapterHarness = harnessFor(fastifyPlatform)

function harnessFor(platform: Platform): AdapterHarness {
  return {
    name: platform.name,
    readsBodyOfGet: platform.readsBodyOfGet,
    async start(options, routes, ready = []) {
      const controllers = [...routes.map(route => controllerOf(route, platform)), ...ready.map(readyControllerOf)]
      class AppModule {}
      Module({ imports: [JwtModule.forRoot(options)], controllers })(AppModule)
      const app = await platform.create(AppModule)
      if (options.errors === 'throw') app.useGlobalFilters(showThrown(platform))
      await app.listen(0, '127.0.0.1')
      const { port } = app.getHttpServer().address() as { port: number }
      return { port, close: () => app.close() }
    },
  }
}

/** The decorators, called as functions, since the routes come from a list. */
function controllerOf({ path, requirements, handle }: ContractRoute, platform: Platform): Type {
  class RouteController {
    readonly #jwt: JwtManager

    constructor(jwt: JwtManager) {
      this.#jwt = jwt
    }

    async answer(request: PlatformRequest, response: never): Promise<void> {
      const own = {
        appendHeader: (name: string, value: string) => platform.append(response, name, value),
        readJson: () => request.body,
      }
      platform.send(response, 200, await handle(bindTools(this.#jwt, { request, target: response }, own)))
    }
  }
  const { prototype } = RouteController
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'answer') as PropertyDescriptor
  Inject(JwtManager)(RouteController, undefined, 0)
  Req()(prototype, 'answer', 0)
  Res()(prototype, 'answer', 1)
  All()(prototype, 'answer', descriptor)
  HttpCode(200)(prototype, 'answer', descriptor)
  if (requirements !== undefined) JwtRequired(requirements)(prototype, 'answer', descriptor)
  Controller(path)(RouteController)
  return RouteController
}

function readyControllerOf({ path, handler }: ReadyRoute): Type {
  class ReadyController {
    readonly #jwt: JwtManager

    constructor(jwt: JwtManager) {
      this.#jwt = jwt
    }

    answer(request: NestRequest, response: NestResponse): Promise<unknown> {
      return this.#jwt.handlers[handler](request, response)
    }
  }
  const { prototype } = ReadyController
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'answer') as PropertyDescriptor
  Inject(JwtManager)(ReadyController, undefined, 0)
  Req()(prototype, 'answer', 0)
  Res({ passthrough: true })(prototype, 'answer', 1)
  All()(prototype, 'answer', descriptor)
  HttpCode(200)(prototype, 'answer', descriptor)
  Controller(path)(ReadyController)
  return ReadyController
}

/** What an application with `errors: 'throw'` might do. */
function showThrown(platform: Platform): ExceptionFilter<JwtError> {
  class ThrownFilter implements ExceptionFilter<JwtError> {
    catch(error: JwtError, host: ArgumentsHost): void {
      platform.send(host.switchToHttp().getResponse(), error.status, { thrown: error.code })
    }
  }
  Catch(JwtError)(ThrownFilter)
  return new ThrownFilter()
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
