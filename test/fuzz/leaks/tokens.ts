import { type Algorithm, importKey, JwtManager, Key, type KeyMaterial } from 'jwt-extended'
import type { KeyEntry } from '../../attacks/corpus.ts'
import { type AttackCase, attacksOf } from '../../attacks/corpus.ts'
import { now } from '../../support/configure.ts'
import { findAttackKey } from '../attack-keys.ts'
import { type Examiner, settle } from '../examiner.ts'
import type { LeakCase } from '../leaks.ts'
import {
  exceptIn,
  type Needle,
  needlesOfBytes,
  needlesOfClaims,
  needlesOfJwk,
  needlesOfKey,
  needlesOfToken,
} from '../needles.ts'

/** A key as a case configures it, and what is secret about it. */
interface Configured {
  readonly material: KeyMaterial
  readonly needles: readonly Needle[]
}

interface Stranger {
  readonly needles: readonly Needle[]
  key(algorithm: Algorithm): Key
}

/** The keys of people who have nothing to do with the token, by the start of an algorithm's name. */
const strangers: ReadonlyMap<string, Stranger> = new Map(
  Object.entries({ HS: 'hs512-main', RS: 'rsa-other', PS: 'rsa-other', ES256: 'p256-other', Ed: 'ed25519-other' }).map(
    ([family, name]) => [family, toStranger(findAttackKey(name))],
  ),
)

/** Every token of the corpus, verified with its own key and with that of a stranger. */
export function tokenLeaks(): LeakCase[] {
  return attacksOf('jwt', 'jws', 'jwks', 'resolver')
    .map(attack => ({ attack, token: tokenOf(attack) }))
    .filter(({ token }) => token !== undefined)
    .map(({ attack, token }) => ({
      name: attack.id,
      run: examiner => examineToken(attack, token, examiner),
    }))
}

async function examineToken(attack: AttackCase, token: unknown, examiner: Examiner): Promise<void> {
  for (const algorithm of attack.options?.algorithms ?? ['HS256']) {
    for (const { material, needles } of keysOf(attack)) {
      const key = await examiner.examineOutcome('importKey', () => importKey(material, { algorithm }), needles)
      if (key instanceof Key) await examineVerification(token, key, { needles, examiner })
    }
    const stranger = strangers.get(familyOf(algorithm))
    if (stranger !== undefined) await examineVerification(token, stranger.key(algorithm), { ...stranger, examiner })
  }
}

async function examineVerification(
  token: unknown,
  key: Key,
  { needles, examiner }: { readonly needles: readonly Needle[]; readonly examiner: Examiner },
): Promise<void> {
  const warnings: string[] = []
  const jwt = new JwtManager({ decodeKey: () => key, clock: () => now * 1000, warn: text => void warnings.push(text) })
  const texts = typeof token === 'string' ? [token] : findTokens(JSON.stringify(token))
  const hidden = [...needles, ...texts.flatMap(needlesOfToken)]
  const outcome = await settle(() => jwt.verifyToken(token as string))
  if (outcome instanceof Error) {
    await examiner.examine('the refusal', outcome, [...hidden, ...texts.flatMap(needlesOfClaims)])
  } else {
    await examiner.examine('the verified token', outcome, exceptIn(texts.map(readHeader).join(), hidden))
  }
  const unverified = await settle(() => jwt.decodeUnverified(token as string))
  await examiner.examine('the unverified token', unverified, exceptIn(texts.map(readHeader).join(), hidden))
  await examiner.examine('the warnings', warnings, hidden)
}

/** A header is shown as it is, also where it holds the key of an attacker. */
function readHeader(token: string): string {
  return Buffer.from(token.split('.', 1).join(), 'base64url').toString()
}

/** Whatever looks like a token within a text. */
export function findTokens(text: string): string[] {
  return text.match(/[\w-]{8,}\.[\w-]+\.[\w-]*/g) ?? []
}

function familyOf(algorithm: Algorithm): string {
  return algorithm === 'ES256' ? algorithm : algorithm.slice(0, 2)
}

function toStranger(key: KeyEntry): Stranger {
  const [configured] = configure(key)
  const keys = new Map<Algorithm, Key>()
  return {
    needles: configured?.needles ?? [],
    key: algorithm => {
      const known = keys.get(algorithm) ?? importKey(configured?.material, { algorithm })
      keys.set(algorithm, known)
      return known
    },
  }
}

function tokenOf({ token, tokenJson, tokenB64 }: AttackCase): unknown {
  return token ?? tokenJson ?? (tokenB64 === undefined ? undefined : Buffer.from(tokenB64, 'base64').toString('latin1'))
}

function keysOf({ keys = {} }: AttackCase): Configured[] {
  const names = [keys.verify, ...(keys.jwks ?? []).map(({ key }) => key)].filter(name => name !== undefined)
  const jwks = [keys.jwk, keys.jwkLiteral, ...(Array.isArray(keys.jwkSet?.keys) ? keys.jwkSet.keys : [])].filter(
    jwk => jwk !== undefined,
  )
  const raw = keys.verifyRawB64 === undefined ? [] : [Buffer.from(keys.verifyRawB64, 'base64')]
  return [
    ...names.flatMap(name => configure(findAttackKey(name))),
    ...jwks.map(jwk => ({ material: jwk, needles: needlesOfJwk(jwk) })),
    ...raw.map(bytes => ({ material: bytes, needles: needlesOfBytes('the secret', bytes) })),
  ]
}

function configure(key: KeyEntry): Configured[] {
  const material = key.secretUtf8 ?? key.pem?.['pkcs8'] ?? key.publicJwk
  return material === undefined ? [] : [{ material, needles: needlesOfKey(key) }]
}
