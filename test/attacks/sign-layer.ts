import { isDeepStrictEqual } from 'node:util'
import { type CreateAccessTokenOptions, JwtManager } from 'jwt-extended'
import { type Answer, answerOf, argumentErrors, mistake } from './answer.ts'
import { type AttackCase, findKey, type KeyTable, type SignCall } from './corpus.ts'
import { strictOptions } from './strict-options.ts'
import type { Attack } from './verify-layers.ts'

/** The layer `sign`: a token is made, and must come back as it was asked for. */
export function prepareSign({ call = {}, config = {}, options }: AttackCase, keys: KeyTable): Attack {
  const jwt = new JwtManager<never>({
    ...strictOptions({ JWT_SECRET_KEY: findKey(keys, 'hs256-main').secretUtf8, ...config }),
    clock: () => (options?.now ?? 1_800_000_000) * 1000,
    warn: () => {},
  } as object)
  return () =>
    answerOf(
      () => sign(jwt, call),
      error => mistake(error, argumentErrors),
    )
}

async function sign(jwt: JwtManager, { fn = 'createAccessToken', identity, ...call }: SignCall): Promise<Answer> {
  const claims = parsed(call.additionalClaimsJson) ?? call.additionalClaims
  const headers = parsed(call.additionalHeadersJson) ?? call.additionalHeaders
  const options = { claims, headers, expiresIn: call.expiresDelta, ...('fresh' in call && { fresh: call.fresh }) }
  const token = await jwt[fn](identity as string, options as CreateAccessTokenOptions)
  const verified = await jwt.verifyToken(token, { allowExpired: true })
  for (const [name, value] of Object.entries(claims ?? {}))
    if (!Object.hasOwn(verified.claims, name) || !isDeepStrictEqual(verified.claims[name], value))
      return { outcome: 'fault', reason: `the claim ${JSON.stringify(name)} did not come back as it was given` }
  return { outcome: 'accept', claims: verified.claims }
}

function parsed(json: string | undefined): Readonly<Record<string, unknown>> | undefined {
  return json === undefined ? undefined : JSON.parse(json)
}
