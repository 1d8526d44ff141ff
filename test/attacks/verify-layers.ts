import { type Algorithm, importKey, JwtManager, type JwtOptions, type Key } from 'jwt-extended'
import { decodeSegment, decodeToken } from '../../src/tokens/decode.ts'
import { checkSignature } from '../../src/tokens/verify.ts'
import { type Answer, answerOf, mistake, refusal, thrown } from './answer.ts'
import type { AttackCase, CaseOptions, KeyTable } from './corpus.ts'
import { keyOption, materialOf, tokenOf } from './materials.ts'

/** An attack that is ready to be run, and timed. */
export type Attack = () => Promise<Answer>

/** The layer `jwt`: a token is verified with a key and options. */
export function prepareJwt(testCase: AttackCase, keys: KeyTable): Attack {
  const { keys: names = {}, options = standardOptions } = testCase
  const [algorithm = 'HS256'] = options.algorithms ?? []
  const key = keyOption(algorithm, materialOf(names, keys))
  return verifying(tokenOf(testCase, keys), () => ({ ...verifierOptions(options), ...key }))
}

/** The layer `resolver`: the key comes from a function of the application. */
export function prepareResolver(testCase: AttackCase, keys: KeyTable): Attack {
  const { keys: { resolverReturns } = {}, options = standardOptions } = testCase
  const decodeKey = (): never => resolverReturns as never
  return verifying(tokenOf(testCase, keys), () => ({ ...verifierOptions(options), decodeKey }))
}

const standardOptions: CaseOptions = { now: 1_800_000_000 }

/** An option that nobody knows is left as it is, for the manager to refuse. */
function verifierOptions({ algorithms, now, audience, issuer, leeway, ...others }: CaseOptions): JwtOptions {
  return {
    clock: () => now * 1000,
    warn: () => {},
    ...(algorithms != null && { decodeAlgorithms: algorithms, ...(algorithms[0] && { algorithm: algorithms[0] }) }),
    ...(audience !== undefined && { decodeAudience: audience }),
    ...(issuer !== undefined && { decodeIssuer: issuer }),
    ...(leeway !== undefined && { leeway }),
    ...others,
  } as object
}

function verifying(token: unknown, options: () => JwtOptions): Attack {
  return async () => {
    let jwt: JwtManager<unknown>
    try {
      jwt = new JwtManager<unknown>(options())
    } catch (error) {
      return mistake(error)
    }
    return answerOf(async () => {
      const { claims } = await jwt.verifyToken(token as string)
      return { outcome: 'accept', claims }
    }, thrown)
  }
}

/** The layer `jws`: a signature over something that is no set of claims. */
export function prepareJws(testCase: AttackCase, keys: KeyTable): Attack {
  const material = materialOf(testCase.keys ?? {}, keys) as never
  const algorithms = testCase.options?.algorithms ?? []
  const token = tokenOf(testCase, keys)
  // What is tested is the signature: keys of published vectors are known to all.
  const importFor = (algorithm: Algorithm): Key => importKey(material, { algorithm, dangerouslyAllowWeakSecret: true })
  return async () => {
    let imported: readonly Key[]
    try {
      imported = algorithms.map(importFor)
    } catch (error) {
      return mistake(error)
    }
    return answerOf(async () => {
      const decoded = decodeToken(token, maxTokenSize)
      const key = imported.find(({ algorithm }) => algorithm === decoded.header['alg'])
      if (key === undefined) return refusal('token_invalid', 'The specified alg value is not allowed')
      checkSignature(decoded, key)
      decodeSegment(decoded.payload, 'payload')
      return { outcome: 'accept' }
    }, thrown)
  }
}

const maxTokenSize = 16_384
