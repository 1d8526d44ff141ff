import { isDeepStrictEqual } from 'node:util'
import { type CreateAccessTokenOptions, JwtManager } from 'jwt-extended'
import { type Answer, answerOf, mistake } from './answer.ts'
import { type AttackCase, fillPlaceholders, findKey, type KeyTable, type SignCall } from './corpus.ts'
import type { Attack } from './verify-layers.ts'

/** The layer `sign`: a token is made, and must come back as it was asked for. */
export function prepareSign({ call = {} }: AttackCase, keys: KeyTable): Attack {
  const jwt = new JwtManager({ secretKey: findKey(keys, 'hs256-main').secretUtf8, clock: () => 1_800_000_000_000 })
  return () => answerOf(() => sign(jwt, fillPlaceholders(call) as SignCall), mistake)
}

async function sign(jwt: JwtManager, call: SignCall): Promise<Answer> {
  const { fn = 'createAccessToken', identity, additionalClaims, additionalClaimsJson, ...rest } = call
  const claims = additionalClaimsJson === undefined ? additionalClaims : JSON.parse(additionalClaimsJson)
  const options = { claims, headers: rest.additionalHeaders, expiresIn: rest.expiresDelta }
  const token = await jwt[fn](identity as string, options as CreateAccessTokenOptions)
  const verified = await jwt.verifyToken(token, { allowExpired: true })
  for (const [name, value] of Object.entries(claims ?? {}))
    if (!Object.hasOwn(verified.claims, name) || !isDeepStrictEqual(verified.claims[name], value))
      return { outcome: 'fault', reason: `the claim ${JSON.stringify(name)} did not come back as it was given` }
  return { outcome: 'accept', claims: verified.claims }
}
