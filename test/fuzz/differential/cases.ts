import fc from 'fast-check'
import type { Algorithm } from '../../../src/index.ts'
import { now } from '../../support/configure.ts'
import { jsonString, jsonText } from '../json-text.ts'
import { respell, type Spelling, spelling } from '../spelling.ts'
import { type Setup, setups } from './verifiers.ts'

/** A member as JSON text: name and value as they are written. */
type Member = readonly [name: string, value: string]

interface Edit {
  readonly how: 'replace' | 'append' | 'prepend' | 'remove'
  readonly member: Member
}

/** What becomes of the text of an object on its way to bytes. */
type Damage = 'none' | 'BOM' | 'no UTF-8' | 'something behind' | 'in a list' | 'as text' | 'blanks' | 'UTF-16' | 'cut'

interface Part {
  readonly edits: readonly Edit[]
  readonly damage: Damage
  readonly spelling: Spelling
}

/** A token and how it came about, as data, so that a fault is shown with the smallest. */
export interface Case {
  readonly setup: number
  readonly header: Part
  readonly payload: Part
  readonly signature: 'right' | 'of another key' | 'flipped' | 'empty' | 'cut'
  readonly signatureSpelling: Spelling
}

const quoted = (...texts: readonly string[]): fc.Arbitrary<string> =>
  fc.constantFrom(...texts.map(text => JSON.stringify(text)))

/** Times around now, in all spellings of numbers, and what is no time. */
const time = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -8, max: 8 }).map(by => String(now + by)) },
  { weight: 2, arbitrary: fc.double({ min: -8, max: 8, noNaN: true }).map(by => String(now + by)) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      `${now}.0`,
      `${now}.5`,
      `${now}e0`,
      '1.8e9',
      '18E+8',
      '1e999',
      '-1e999',
      '1e300',
      '-0',
      '0',
      '-1',
      '1e-999',
      '1e16',
      `"${now}"`,
      '""',
      '"soon"',
      'null',
      'true',
      'false',
      '[]',
      `[${now}]`,
      '{}',
    ),
  },
)

const text = fc.oneof(
  quoted('alice', '', 'é', '\u{1f600}', 'a\0b', '1'),
  jsonString(fc.string({ unit: 'grapheme' })),
  fc.constantFrom('1', '0', 'null', 'true', '[]', '["alice"]', '{}', '"\\ud800"'),
)

const audience = fc.oneof(
  quoted('api', 'admin', 'API', 'api ', ''),
  fc.constantFrom(
    '["api"]',
    '["x","admin"]',
    '["x"]',
    '[]',
    '["api",1]',
    '[["api"]]',
    'null',
    '{"0":"api"}',
    '["api",null]',
  ),
)

const named = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<Member> =>
  value.map(json => [`"${name}"`, json])

const extra: fc.Arbitrary<Member> = fc.oneof(
  fc.tuple(jsonString(fc.string()), jsonText),
  fc.tuple(quoted('x', '__proto__', 'constructor', 'prototype', 'admin'), jsonText),
  fc.constantFrom<Member>(
    ['"filling"', JSON.stringify('x'.repeat(12_500))],
    ['"filling"', JSON.stringify('x'.repeat(11_000))],
  ),
)

const headerMember: fc.Arbitrary<Member> = fc.oneof(
  named(
    'alg',
    fc.oneof(
      quoted('HS256', 'HS384', 'HS512', 'RS256', 'PS256', 'ES256', 'ES512', 'EdDSA', 'none', 'hs256', ''),
      fc.constantFrom('null', '["HS256"]', '1'),
    ),
  ),
  named(
    'typ',
    fc.oneof(
      quoted('JWT', 'jwt', 'at+jwt', 'application/jwt', 'application/AT+JWT', 'JOSE', 'dpop+jwt', '', 'JWT '),
      fc.constantFrom('null', '1', '["JWT"]'),
    ),
  ),
  named('cty', fc.oneof(quoted('JWT', 'jwt', 'application/jwt', 'json', ''), fc.constantFrom('null', '1'))),
  named('kid', fc.oneof(quoted('1', '', '../../key', 'é'), fc.constantFrom('1', 'null', '["1"]'))),
  named('crit', fc.constantFrom('["exp"]', '["x"]', '["b64"]', '[]', 'null', '"x"', '{}')),
  named('b64', fc.constantFrom('false', 'true', 'null')),
  fc.constantFrom<Member>(
    ['"zip"', '"DEF"'],
    ['"enc"', '"A128GCM"'],
    ['"jwk"', '{"kty":"oct","k":"AA"}'],
    ['"jku"', '"https://evil.example"'],
    ['"x5c"', '[]'],
    ['"\\u0061lg"', '"HS256"'],
  ),
  extra,
)

const claimMember: fc.Arbitrary<Member> = fc.oneof(
  ...['exp', 'nbf', 'iat'].map(name => named(name, time)),
  ...['sub', 'jti', 'iss', 'type', 'fresh', 'csrf'].map(name => named(name, text)),
  named('iss', quoted('https://issuer.example', 'https://issuer.example/', 'https://ISSUER.example')),
  named('aud', audience),
  fc.constantFrom<Member>(['"su\\u0062"', '"mallory"'], ['"\\u0065xp"', '9999999999']),
  extra,
)

/** Mostly nothing, for what is wrong alone shows what it leads to. */
const rarely = <Value>(usual: Value, rare: fc.Arbitrary<Value>, weight: number): fc.Arbitrary<Value> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: rare })

const asItIs: Spelling = ['as it is', 0, '']

const oftenReplace = fc.oneof(
  { weight: 12, arbitrary: fc.constant('replace' as const) },
  { weight: 3, arbitrary: fc.constantFrom('append' as const, 'prepend' as const, 'remove' as const) },
)

function partOf(member: fc.Arbitrary<Member>, maxLength: number): fc.Arbitrary<Part> {
  return fc.record({
    edits: fc.array(fc.record({ how: oftenReplace, member }), { maxLength }),
    damage: rarely<Damage>(
      'none',
      fc.constantFrom('BOM', 'no UTF-8', 'something behind', 'in a list', 'as text', 'blanks', 'UTF-16', 'cut'),
      20,
    ),
    spelling: rarely(asItIs, spelling, 20),
  })
}

export const anyCase: fc.Arbitrary<Case> = fc.record({
  // Those of secrets cost the least.
  setup: fc.oneof({ weight: 4, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(setups.length - 1) }),
  header: partOf(headerMember, 2),
  payload: partOf(claimMember, 3),
  signature: rarely<Case['signature']>('right', fc.constantFrom('of another key', 'flipped', 'empty', 'cut'), 20),
  signatureSpelling: rarely(asItIs, spelling, 20),
})

/** Writes and signs the token of a case: over its segments as they are spelled, so that the signature is right. */
export async function writeToken(
  { header, payload, signature, signatureSpelling }: Case,
  setup: Setup,
): Promise<string> {
  const headerMembers = edit(
    [
      ['"alg"', JSON.stringify(setup.algorithms[0])],
      ['"typ"', '"JWT"'],
    ],
    header.edits,
  )
  const input = `${writePart(headerMembers, header)}.${writePart(edit(claimsFor(setup), payload.edits), payload)}`
  const bytes = await setup.sign(input, algorithmOf(headerMembers, setup), signature === 'of another key')
  return `${input}.${respell(damageSignature(bytes, signature).toString('base64url'), signatureSpelling)}`
}

function claimsFor({ expectations: { audience: expected } }: Setup): readonly Member[] {
  const plain: Member[] = [
    ['"sub"', '"alice"'],
    ['"iat"', String(now - 60)],
    ['"exp"', String(now + 60)],
  ]
  return expected === undefined ? plain : [...plain, ['"aud"', '"api"'], ['"iss"', '"https://issuer.example"']]
}

/** The one that the header names where the key serves it, for then the signature is right. */
function algorithmOf(members: readonly Member[], { algorithms }: Setup): Algorithm {
  const [usual] = algorithms as [Algorithm]
  return algorithms.find(name => members.some(([key, value]) => key === '"alg"' && value === `"${name}"`)) ?? usual
}

function edit(members: readonly Member[], edits: readonly Edit[]): readonly Member[] {
  return edits.reduce<readonly Member[]>((list, { how, member }) => {
    if (how === 'append') return list.concat([member])
    if (how === 'prepend') return [member].concat(list)
    const others = list.filter(([name]) => name !== member[0])
    return how === 'remove' ? others : [...others, member]
  }, members)
}

function writePart(members: readonly Member[], { damage, spelling: spelled }: Part): string {
  const json = `{${members.map(member => member.join(':')).join(',')}}`
  return respell(damageText(json, damage).toString('base64url'), spelled)
}

function damageText(json: string, damage: Damage): Buffer {
  switch (damage) {
    case 'BOM':
      return Buffer.from(`\u{feff}${json}`)
    case 'no UTF-8':
      return Buffer.concat([Buffer.from(`${json.slice(0, -1)},"y":"`), Buffer.from([0xff, 0xc0]), Buffer.from('"}')])
    case 'something behind':
      return Buffer.from(`${json}\0`)
    case 'in a list':
      return Buffer.from(`[${json}]`)
    case 'as text':
      return Buffer.from(JSON.stringify(json))
    case 'blanks':
      return Buffer.from(` \n${json}\t\r`)
    case 'UTF-16':
      return Buffer.from(json, 'utf16le')
    case 'cut':
      return Buffer.from(json.slice(0, -1))
    case 'none':
      return Buffer.from(json)
  }
}

function damageSignature(signature: Buffer, how: Case['signature']): Buffer {
  if (how === 'empty') return Buffer.alloc(0)
  if (how === 'cut') return signature.subarray(0, -1)
  if (how === 'flipped') return Buffer.from(signature.map((byte, at) => (at === 0 ? byte ^ 1 : byte)))
  return signature
}
