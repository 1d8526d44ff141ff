import type { AdapterHarness } from 'jwt-extended/testing'
import { expressHarness } from './express.ts'
import { fetchHarness } from './fetch.ts'
import { honoHarness } from './hono.ts'
import { nestExpressHarness, nestFastifyHarness } from './nest.ts'

/** Every adapter, by the name that the command line takes. */
export const harnesses: Readonly<Record<string, AdapterHarness>> = {
  express: expressHarness,
  hono: honoHarness,
  fetch: fetchHarness,
  'nest-express': nestExpressHarness,
  'nest-fastify': nestFastifyHarness,
}
