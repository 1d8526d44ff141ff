import { JwtManager, type JwtOptions } from 'jwt-extended'
import { type Answer, mistake } from './answer.ts'
import { type AttackCase, findKey, type KeyTable } from './corpus.ts'
import { strictOptions } from './strict-options.ts'
import type { Attack } from './verify-layers.ts'

/** The layer `config`: a manager is made. */
export function prepareConfig({ config = {} }: AttackCase, keys: KeyTable): Attack {
  const { env, JWT_SECRET_KEY_B64: bytes, ...named } = config
  const options = strictOptions({
    JWT_SECRET_KEY: findKey(keys, 'hs256-main').secretUtf8,
    ...(typeof bytes === 'string' && { JWT_SECRET_KEY: Buffer.from(bytes, 'base64') }),
    ...named,
  })
  return async () => construct(options, env)
}

function construct(options: JwtOptions, env: unknown): Answer {
  const before = process.env['NODE_ENV']
  if (typeof env === 'string') process.env['NODE_ENV'] = env
  try {
    new JwtManager({ warn: () => {}, ...options })
    return { outcome: 'accept' }
  } catch (error) {
    return mistake(error)
  } finally {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  }
}
