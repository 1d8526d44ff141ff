import type { AdapterHarness } from 'jwt-extended/testing'
import { expressHarness } from './express.ts'
import { fastifyHarness } from './fastify.ts'
import { fetchHarness } from './fetch.ts'
import { honoHarness } from './hono.ts'
import { httpHarness } from './http.ts'
import { koaHarness } from './koa.ts'
import { nestExpressHarness, nestFastifyHarness } from './nest.ts'

/** Every adapter, by the name that the command line takes. */
export const harnesses: Readonly<Record<string, AdapterHarness>> = {
  express: expressHarness,
  fastify: fastifyHarness,
  hono: honoHarness,
  koa: koaHarness,
  fetch: fetchHarness,
  http: httpHarness,
  'nest-express': nestExpressHarness,
  'nest-fastify': nestFastifyHarness,
}
