import { type CreateAccessTokenOptions, type Identity, JwtManager } from 'jwt-extended'
import { attacksOf } from '../../attacks/corpus.ts'
import { findAttackKey } from '../attack-keys.ts'
import type { LeakCase } from '../leaks.ts'
import { needlesOfKey } from '../needles.ts'

/** Every call of the corpus that is to make a token. */
export function signLeaks(): LeakCase[] {
  return attacksOf('sign').flatMap(({ id, call }) =>
    ['hs256-main', 'rsa-main'].map(name => ({
      name: `${id} with ${name}`,
      run: async examiner => {
        const key = findAttackKey(name)
        const { secretUtf8, privateJwk } = key
        const jwt = new JwtManager(
          privateJwk === undefined ? { secretKey: secretUtf8 } : { algorithm: 'RS256', privateKey: privateJwk },
        )
        const { additionalClaims: claims, additionalHeaders: headers, expiresDelta: expiresIn } = { ...call }
        const options = { claims, headers, expiresIn } as CreateAccessTokenOptions
        const identity = call?.identity as Identity
        await examiner.examineOutcome(
          'createAccessToken',
          () => jwt.createAccessToken(identity, options),
          needlesOfKey(key),
        )
        await examiner.examineOutcome(
          'createRefreshToken',
          () => jwt.createRefreshToken(identity, options),
          needlesOfKey(key),
        )
      },
    })),
  )
}
