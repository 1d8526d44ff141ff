import { deepStrictEqual } from 'node:assert/strict'
import type { Signer } from './signers.ts'
import { limit, type Verifier } from './verifiers.ts'

/**
 * Nobody gains by doing less: all that verify must return the same claims, and refuse what is forged, expired, too young,
 * of another issuer or for somebody else.
 */
export async function checkSameClaims(
  verifiers: readonly Verifier[],
  good: readonly string[],
  bad: Readonly<Record<string, string>>,
): Promise<void> {
  for (const { name, verify } of verifiers) {
    if (name === limit) continue
    for (const token of good) deepStrictEqual(await claimsOf(verify, token), payloadOf(token), name)
    for (const [fault, token] of Object.entries(bad)) await checkRefused(`${name}: ${fault}`, () => verify(token))
  }
}

/** All that create must put the same claims and header into a token. */
export async function checkSameTokens(signers: readonly Signer[], verify: Verifier['verify']): Promise<void> {
  const shapes = await Promise.all(signers.map(async ({ create }) => shapeOf(await create('user-1'), verify)))
  for (const [index, shape] of shapes.entries()) deepStrictEqual(shape, shapes[0], signers[index]?.name)
}

async function checkRefused(name: string, work: () => unknown): Promise<void> {
  try {
    await work()
  } catch {
    return
  }
  throw new Error(`not refused by ${name}`)
}

async function shapeOf(token: string, verify: Verifier['verify']): Promise<unknown> {
  const { jti: _jti, iat: _iat, nbf: _nbf, exp: _exp, ...constant } = await claimsOf(verify, token)
  return { constant, names: Object.keys(payloadOf(token)).sort() }
}

/** What they return differs: the claims, or an object with them. */
async function claimsOf(verify: Verifier['verify'], token: string): Promise<Record<string, unknown>> {
  const result = Object(await verify(token))
  return { ...(result.claims ?? result.payload ?? result) }
}

function payloadOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
