import { createPrivateKey } from 'node:crypto'
import { type Algorithm, importKey, JwtManager, type JwtOptions, type KeyMaterial } from 'jwt-extended'
import type { Jwk } from '../../../src/keys/import-key.ts'
import type { KeyEntry } from '../../attacks/corpus.ts'
import { toDer } from '../../support/key-pairs.ts'
import { attackKeys } from '../attack-keys.ts'
import { type Examiner, settle } from '../examiner.ts'
import type { LeakCase } from '../leaks.ts'
import { type Needle, needleOf, needlesOfBytes, needlesOfKey } from '../needles.ts'

const algorithms: readonly Algorithm[] = ['HS256', 'HS512', 'RS256', 'PS256', 'ES256', 'EdDSA']

const slots = ['secretKey', 'privateKey', 'publicKey'] as const

/** What becomes of a text on its way through an environment, a clipboard or a form. */
const textFaults: Readonly<Record<string, (text: string) => unknown>> = {
  whole: text => text,
  'the first half': text => text.slice(0, text.length / 2),
  'the second half': text => text.slice(text.length / 2),
  twice: text => text + text,
  'with \\n as two characters': text => text.replaceAll('\n', '\\n'),
  'without line breaks': text => text.replaceAll('\n', ''),
  'in quotes': text => JSON.stringify(text),
  'in a list': text => [text],
  'in an object': text => ({ key: text }),
  'as bytes': text => Buffer.from(text),
  'in base64': text => Buffer.from(text).toString('base64'),
  'under another label': text => text.replaceAll(/(BEGIN|END) /g, '$1 ENCRYPTED '),
}

/** What becomes of a member of a JWK that another library has written. */
const memberFaults: Readonly<Record<string, (value: string) => unknown>> = {
  whole: value => value,
  'the second half': value => value.slice(value.length / 2),
  'in base64': value => Buffer.from(value, 'base64url').toString('base64'),
  'as a large number': value => BigInt(`0x0${Buffer.from(value, 'base64url').toString('hex')}`),
  'as a number': value => Number(`0x0${Buffer.from(value, 'base64url').toString('hex')}`),
  'as bytes': value => Buffer.from(value, 'base64url'),
  'in a list': value => [value],
  'in an object': value => ({ value }),
}

const members = ['kty', 'k', 'd', 'p', 'x', 'n', 'alg', 'kid', 'use'] as const

/** Every key of the corpus in every form, right and wrong, given for every algorithm and as every option. */
export function keyLeaks(): LeakCase[] {
  return Object.entries(attackKeys).flatMap(([name, key]) =>
    formsOf(key).map(([form, material]) => ({
      name: `key ${name}, ${form}`,
      run: examiner => examineMaterial(material, needlesOfForms(key), examiner),
    })),
  )
}

async function examineMaterial(material: unknown, needles: readonly Needle[], examiner: Examiner): Promise<void> {
  for (const algorithm of algorithms) {
    await examiner.examineOutcome('importKey', () => importKey(material as KeyMaterial, { algorithm }), needles)
    for (const slot of slots) {
      const options = { algorithm, [slot]: material } as JwtOptions<never>
      const manager = await settle(() => new JwtManager(options))
      if (manager instanceof Error) await examiner.examine(`the error of ${slot}`, manager, needles)
    }
  }
}

function formsOf(key: KeyEntry): [string, unknown][] {
  const texts = { secret: key.secretUtf8, pkcs8: key.pem?.['pkcs8'], pkcs1: key.pem?.['pkcs1'] }
  const jwk = key.jwk ?? key.privateJwk
  return [
    ...Object.entries(texts).flatMap(([name, text]) => (text === undefined ? [] : textForms(name, text))),
    ...(jwk === undefined ? [] : jwkForms(jwk)),
    ...(key.pem?.['pkcs8'] === undefined ? [] : objectForms(key.pem['pkcs8'])),
  ]
}

function textForms(name: string, text: string): [string, unknown][] {
  return Object.entries(textFaults).map(([fault, spoil]) => [`${name} ${fault}`, spoil(text)])
}

function jwkForms(jwk: Jwk): [string, unknown][] {
  return [
    ['JWK as text', JSON.stringify(jwk)],
    ...members.flatMap(member => {
      const value = jwk[member]
      if (typeof value !== 'string') return []
      return Object.entries(memberFaults).map(
        ([fault, spoil]) => [`JWK with ${member} ${fault}`, { ...jwk, [member]: spoil(value) }] as [string, unknown],
      )
    }),
    ['JWK with the key as kty', { ...jwk, kty: jwk.d ?? jwk.k }],
  ]
}

function objectForms(pem: string): [string, unknown][] {
  const keyObject = createPrivateKey(pem)
  return [
    ['KeyObject', keyObject],
    ['DER', toDer(keyObject)],
    ['CryptoKey pair', { privateKey: keyObject, publicKey: undefined }],
  ]
}

/** Numbers are another spelling of a member. */
function needlesOfForms(key: KeyEntry): Needle[] {
  const { k, d, p } = { ...(key.jwk ?? key.privateJwk) }
  const secret = [k, d, p].filter(value => value !== undefined && value !== '')
  return [
    ...needlesOfKey(key),
    ...secret.map(value => needleOf('a number', String(memberFaults['as a large number']?.(String(value))))),
    ...(key.secretUtf8 === undefined
      ? []
      : needlesOfBytes('the secret twice encoded', Buffer.from(key.secretUtf8, 'base64url'))),
  ]
}
