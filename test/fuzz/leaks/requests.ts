import { JwtManager, type JwtOptions, type Requirements } from 'jwt-extended/fetch'
import { flaskOptions } from 'jwt-extended/flask'
import { type AttackCase, attacksOf } from '../../attacks/corpus.ts'
import { now } from '../../support/configure.ts'
import { findAttackKey } from '../attack-keys.ts'
import { type Examiner, settle } from '../examiner.ts'
import type { LeakCase } from '../leaks.ts'
import { needlesOfKey, needlesOfToken } from '../needles.ts'
import { findTokens } from './tokens.ts'

const secretKey = findAttackKey('hs256-main').secretUtf8 ?? ''

/** Every request of the corpus that the fetch standard can express, through the adapter of its name. */
export function requestLeaks(): LeakCase[] {
  return attacksOf('request').map(attack => ({
    name: attack.id,
    run: examiner => examineRequest(attack, examiner),
  }))
}

async function examineRequest(attack: AttackCase, examiner: Examiner): Promise<void> {
  const request = await settle(() => toRequest(attack))
  if (!(request instanceof Request)) return
  const tokens = findTokens(JSON.stringify(attack.request).replaceAll(/%2e/gi, '.'))
  const needles = [...needlesOfKey(findAttackKey('hs256-main')), ...tokens.flatMap(needlesOfToken)]
  for (const options of [optionsOf(attack), { ...optionsOf(attack), errors: 'throw' as const }]) {
    const jwt = await examiner.examineOutcome('the options', () => new JwtManager(options), needles)
    if (!(jwt instanceof JwtManager)) return
    const guarded = jwt.required(async (_request, context) => {
      await examiner.examine('the context', context, needles)
      return new Response(null, { status: 204 })
    }, requirementsOf(attack))
    const answer = await settle(() => guarded(request.clone()))
    await examiner.examine('the answer', answer instanceof Response ? await readResponse(answer) : answer, needles)
  }
}

function toRequest({ request }: AttackCase): Request {
  const { method = 'GET', url = '/', headers = [], body, bodyB64 } = { ...request }
  const fields = new Headers()
  for (const [name, value] of headers) fields.append(name, value)
  const content = bodyB64 === undefined ? body : Buffer.from(bodyB64, 'base64')
  return new Request(new URL(url, 'https://example.com'), { method, headers: fields, body: content ?? null })
}

/** The configuration of the case where `flaskOptions` knows all of it, else every location. */
function optionsOf({ config = {} }: AttackCase): JwtOptions<never> {
  const common = { secretKey, clock: () => now * 1000, warn: () => {} }
  try {
    return { ...flaskOptions({ ...config, JWT_SECRET_KEY: secretKey }), ...common } as JwtOptions<never>
  } catch {
    return { ...common, tokenLocation: ['headers', 'cookies', 'query', 'json'] }
  }
}

function requirementsOf({ guard = {} }: AttackCase): Requirements {
  const { refresh = false, fresh = false, optional = false } = guard
  return { ...(refresh && { refresh }), ...(fresh && { fresh }), ...(optional && { optional }) }
}

async function readResponse(response: Response): Promise<object> {
  return { status: response.status, headers: [...response.headers], body: await response.text() }
}
