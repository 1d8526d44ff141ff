import { JwtManager, type JwtOptions } from 'jwt-extended'
import { flaskOptions } from 'jwt-extended/flask'
import { type Answer, mistake } from './answer.ts'
import { type AttackCase, fillPlaceholders, findKey, type JsonObject, type KeyTable } from './corpus.ts'
import type { Attack } from './verify-layers.ts'

/** The layer `config`: a manager is made. */
export function prepareConfig({ config = {} }: AttackCase, keys: KeyTable): Attack {
  const { env, JWT_SECRET_KEY_B64: bytes, ...named } = fillPlaceholders(config) as JsonObject
  const settings = {
    JWT_SECRET_KEY: findKey(keys, 'hs256-main').secretUtf8,
    ...(typeof bytes === 'string' && { JWT_SECRET_KEY: Buffer.from(bytes, 'base64') }),
    ...named,
  }
  return async () => construct(() => strictOptions(settings), env)
}

function construct(options: () => JwtOptions, env: unknown): Answer {
  const before = process.env['NODE_ENV']
  if (typeof env === 'string') process.env['NODE_ENV'] = env
  try {
    new JwtManager({ warn: () => {}, ...options() })
    return { outcome: 'accept' }
  } catch (error) {
    return mistake(error)
  } finally {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  }
}

/** Defaults of ours where Flask-JWT-Extended has laxer ones. */
const strictDefaults = { JWT_COOKIE_SECURE: true, JWT_COOKIE_SAMESITE: 'Lax', JWT_SESSION_COOKIE: false }

/** The options that a configuration in the names of Flask-JWT-Extended stands for, without its leniencies. */
export function strictOptions(config: JsonObject): JwtOptions {
  const { JWT_CSRF_FETCH_METADATA: fetchMetadata, JWT_CSRF_TRUSTED_ORIGINS: trustedOrigins, ...settings } = config
  const { compatibility, csrf, ...options } = flaskOptions({ ...strictDefaults, ...settings })
  if (csrf === false || csrf === undefined) return { ...options, csrf: false }
  const { methods, fetchMetadata: off, ...others } = csrf
  return {
    ...options,
    csrf: {
      ...others,
      ...(settings['JWT_CSRF_METHODS'] !== undefined && { methods }),
      ...(fetchMetadata !== undefined && { fetchMetadata }),
      ...(trustedOrigins !== undefined && { trustedOrigins }),
    },
  } as JwtOptions
}
