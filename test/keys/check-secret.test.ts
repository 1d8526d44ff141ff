import { generateKeyPairSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { allowsWeakSecret, checkSecret } from '../../src/keys/check-secret.ts'
import { otherSecret, strongSecret } from '../support/configure.ts'
import { toDer, toJwk, toPem } from '../support/key-pairs.ts'
import { thrownMistakeOf } from '../support/refusals.ts'

type Rules = Parameters<typeof checkSecret>[1]

const strict: Rules = { name: 'secretKey', algorithm: 'HS256', minBytes: 32, allowWeak: false }
const lenient: Rules = { ...strict, allowWeak: true }
const remedy = 'Generate one with: npx jwt-extended secret'

/** The complaint about a secret, which never quotes it. */
function complaintAbout(secret: string | Uint8Array, rules: Rules = strict): string {
  const bytes = Buffer.from(secret)
  const { message } = thrownMistakeOf(() => checkSecret(bytes, rules))
  const spellings = [bytes.toString('latin1'), bytes.toString('latin1').trim(), bytes.toString('base64')]
  for (const spelling of spellings.filter(text => text !== '')) expect(message).not.toContain(spelling)
  return message
}

function accepts(secret: string | Uint8Array, rules: Rules = strict): void {
  expect(() => checkSecret(Buffer.from(secret), rules)).not.toThrow()
}

const known = 'a-string-secret-at-least-256-bits-long'

function encode(encoding: BufferEncoding, text: string): string {
  return Buffer.from(text).toString(encoding)
}

const knownSecrets: readonly [string, string | Buffer][] = [
  ['as it is', known],
  ['with blanks around it', `  ${known}\r\n`],
  ['as base64', Buffer.from(known).toString('base64')],
  ['as base64url', Buffer.from(known).toString('base64url')],
  ['as base64 with a newline at the end', `${Buffer.from(known).toString('base64')}\n`],
  ['as hexadecimal digits', Buffer.from(known).toString('hex')],
  ['as capital hexadecimal digits', Buffer.from(known).toString('hex').toUpperCase()],
  ['as base64 of a line of it', encode('base64', `${known}\n`)],
  ['as base64 in lines of 32 characters', encode('base64', known).replace(/.{32}/, '$&\n')],
  ['as hexadecimal digits in lines of 32', `${encode('hex', known).replaceAll(/.{32}/g, '$&\r\n')}\r\n`],
  ['as hexadecimal digits after 0x', `0x${encode('hex', known)}`],
  ['with 0x before digits of its own', '0x09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7'],
  ['as base64 twice', encode('base64', encode('base64', known))],
  ['as base64 of a line of base64 of a line of it', encode('base64', `${encode('base64', `${known}\n`)}\n`)],
  ['as hexadecimal digits of base64url', encode('hex', encode('base64url', known))],
  ['as base64 of hexadecimal digits', encode('base64', `0X${encode('hex', known)}`)],
  ['in quotes', `"${known}"`],
  ['as base64 in single quotes', `'${encode('base64', known)}'`],
  ['as base64 of it in quotes', encode('base64', `"${known}"`)],
  ['in quotes of quotes', `"'\`'"${known}"'\`'"`],
  ['after a BOM', `\ufeff${known}`],
  ['after a blank that does not break', `\u00a0${known}`],
  ['before a NUL', `${known}\0`],
  ['before a blank that does not break', `${known}\u00a0`],
  ['before such a blank in Latin-1', Buffer.from(`${known}\u00a0`, 'latin1')],
  ['as base64 after a BOM, in quotes, before a NUL', `\ufeff"${encode('base64', known)}" \0`],
]

const placeholders = [
  'insecure-development-only-key-000001',
  'Passw0rd-Passw0rd-1234567890-abcdefghij',
  'please change me before the launch of it',
  'CHANGE the secret of this server, thanks!',
  'a-fine-day-changeit-to-something-random',
  'your-long-and-private-signing-key-2026',
  'YOUR jwt password of thirty-two letters',
  'this is my_secret for the whole backend',
  'mysupersecretkeythatnobodyknows1234',
  'application-secret-key-of-our-backend!',
  '<put here what the application signs by>',
  `\${JWT_SIGNING_MATERIAL_OF_APPLICATION_42}`,
  'undefinednullNaNtruefalseundefinedtrue',
  '[object Object] and a little more of text',
  'django-insecure-8f#kq2v9q@w4e6r8t0y2u4i6',
  's3cr3t-k3y-f0r-my-4pp-in-pr0duct1on-2026',
  'pl3453-ch4ng3-7h15-b3f0r3-7h3-14unch-42',
  'Please Change Me Before The Launch Of It',
  'A VERY SECRET TEXT OF THIRTY-TWO LETTERS',
  'APPLICATION_SECRET_KEY_OF_OUR_BACKEND_42',
  'Django-Insecure-8f#kq2v9q@w4e6r8t0y2u4i6',
  '[OBJECT OBJECT] and a little more of text',
  'TODO: put something here before the start',
  'fixme - nobody has made a key for us yet',
  'todo-set-this-to-some-lengthy-random-text',
  'postgres-password-of-api.example.com-2026',
  'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  `the-${'$'}{JWT_SECRET_KEY}-of-this-very-server`,
  'replace-with-a-long-random-string-of-text',
  'an example of what might be written there',
  'only for-development, never in the office',
  'insert-a-long-and-random-string-right-here',
] as const

/** 17 bytes, 15 of which follow again: 32 bytes with a period just longer than the half. */
const barelyWithoutPeriod = `${strongSecret.slice(0, 17)}${strongSecret.slice(0, 15)}`

describe('the length of a secret', () => {
  test('may not be nothing', () => {
    expect(complaintAbout('')).toBe(`secretKey is empty. ${remedy}`)
  })

  test.each([
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ] as const)('must be that of the hash for %s', (algorithm, minBytes) => {
    const rules = { ...strict, algorithm, minBytes }
    accepts(strongSecret.slice(0, minBytes), rules)
    expect(complaintAbout(strongSecret.slice(0, minBytes - 1), rules)).toBe(
      `secretKey is ${minBytes - 1} bytes; ${algorithm} needs at least ${minBytes} (RFC 7518 section 3.2). ${remedy}`,
    )
  })

  test('counts bytes and not characters', () => {
    accepts(`${strongSecret.slice(0, 28)}äö`)
  })
})

describe('a key document as a secret', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const edwards = generateKeyPairSync('ed25519')
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const element = (tag: number, length: number): Buffer =>
    Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), Buffer.alloc(length, 7)])
  const huge = Buffer.concat([Buffer.from('3083010000', 'hex'), element(0x02, 0x7ffc), element(0x04, 0x7ffc)])

  const documents: readonly [string, string | Buffer][] = [
    ['public PEM', toPem(publicKey)],
    ['private PEM', toPem(privateKey)],
    ['PEM after a comment', `# my key\n${toPem(publicKey)}`],
    ['a JWK', JSON.stringify(toJwk(publicKey))],
    ['a JWK with blanks', ` ${JSON.stringify(toJwk(privateKey), null, 2)}`],
    ['a JWK Set', JSON.stringify({ keys: [toJwk(publicKey)] })],
    ['an OpenSSH key of RSA', 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 alice@example'],
    ['an OpenSSH key of Ed25519', '\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHkaV3jLiBcidPZT'],
    ['an OpenSSH key of ECDSA', 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI'],
    ['an OpenSSH key of a security token', 'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5'],
    ['an SSH2 key', '---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2EAAAADAQAB\n---- END SSH2 PUBLIC KEY ----'],
    ['public DER', toDer(publicKey)],
    ['private DER', toDer(privateKey)],
    ['public DER of Ed25519', toDer(edwards.publicKey)],
    ['private DER of Ed25519', toDer(edwards.privateKey)],
    ['public DER of RSA', toDer(rsa.publicKey)],
    ['private DER of RSA', toDer(rsa.privateKey)],
    ['DER of 32 bytes', Buffer.from(`\x30\x1e\x02\x01\x01\x04\x19${strongSecret.slice(0, 25)}`, 'latin1')],
    [
      'DER that ends in an element without content',
      Buffer.from(`\x30\x1e\x02\x01\x01\x04\x17${strongSecret.slice(0, 23)}\x05\x00`, 'latin1'),
    ],
    ['PKCS #1', rsa.publicKey.export({ type: 'pkcs1', format: 'der' })],
    ['DER whose length takes three bytes', huge],
  ]

  test.each(documents)('is refused: %s', (_, secret) => {
    expect(complaintAbout(secret)).toMatch(
      /^secretKey holds a key document .*For an asymmetric algorithm give it as publicKey or privateKey$/,
    )
  })

  test.each(documents)('is refused where weak secrets are allowed: %s', (_, secret) => {
    expect(complaintAbout(secret, lenient)).toContain('key document')
  })

  const body = strongSecret.slice(0, 40)

  test.each([
    ['base64 that begins as DER would', `0T${strongSecret}${strongSecret.slice(0, 20)}`],
    ['base64 that begins as DER with a tag would', `0V0${strongSecret}${strongSecret.slice(0, 21)}`],
    ['bytes that begin as DER would, without a tag', Buffer.from(`\x30\x28${body}`, 'latin1')],
    ['bytes that begin as a SET would', Buffer.from(`\x31\x29\x02${body}`, 'latin1')],
    ['a SET of an integer and bytes', Buffer.from(`\x31\x1e\x02\x01\x01\x04\x19${body.slice(0, 25)}`, 'latin1')],
    ['a sequence of bytes', Buffer.from(`\x30\x1e\x04\x01\x01\x04\x19${body.slice(0, 25)}`, 'latin1')],
    [
      'a sequence without a length of as many bytes',
      Buffer.from(`\x30\x80\x02\x01\x01\x04\x7b${strongSecret}${otherSecret.slice(0, 59)}`, 'latin1'),
    ],
    ['bytes of another length than they say', Buffer.from(`\x30\x2a\x02${body}`, 'latin1')],
    ['bytes of another long length than they say', Buffer.from(`\x30\x81\x2a\x02${body}`, 'latin1')],
    ['bytes of one integer', Buffer.from(`\x30\x28\x02\x26${body.slice(2)}`, 'latin1')],
    ['bytes whose second element ends early', Buffer.from(`\x30\x28\x02\x01\x01\x04\x22${body.slice(5)}`, 'latin1')],
    ['bytes whose second element has no length', Buffer.from(`\x30\x28\x02\x25${body.slice(3)}\x02`, 'latin1')],
    ['bytes that end in a length', Buffer.from(`\x30\x28\x02\x24${body.slice(4)}\x02\x82`, 'latin1')],
    ['bytes without a length', Buffer.from(`\x30\x80\x02${body}`, 'latin1')],
    ['bytes with the length of a length of four', Buffer.from(`\x30\x84\x00\x00\x00\x29\x02${body}`, 'latin1')],
    ['the marker of ssh in the middle', `${strongSecret.slice(0, 32)} ssh-rsa AAAA`],
    ['an object that is no key', `{"${strongSecret}":1}`],
  ])('is not seen in %s', (_, secret) => {
    accepts(secret)
  })
})

describe('a publicly known secret', () => {
  test.each(knownSecrets)('is refused %s', (_, secret) => {
    expect(complaintAbout(secret)).toBe(`secretKey is a publicly known secret. ${remedy}`)
  })

  test.each([
    ['a quote inside', `${known.slice(0, 20)}"${known.slice(20)}`],
    ['a digit too many in hexadecimal', `${encode('hex', known)}a`],
    ['a character inside that is not of base64', encode('base64', known).replace(/.{20}/, '$&!')],
  ])('is another one with %s', (_, secret) => {
    accepts(secret)
  })
})

describe('a placeholder', () => {
  test.each(placeholders)('is refused: %s', secret => {
    expect(complaintAbout(secret)).toBe(`secretKey is a placeholder. ${remedy}`)
  })
})

describe('a piece of text in a secret that is random otherwise', () => {
  const [front, back] = [strongSecret.slice(0, 30), strongSecret.slice(30, 60)]

  const anywhere = [
    ...['changethis', 'change-before', 'change the', 'change_me', 'change-it', 'change in', 'changeme', 'changeit'],
    ...['mysecret', 'my secret', 'topsecret', 'supersecret', 'very-secret', 'the_secret', 'secretkey', 'secret_key'],
    ...['replaceme', 'replace-this', 'replace with', 'placeholder', 'for development', 'for-development'],
    ...['your-key', 'your_x-token', `your ${'q'.repeat(20)}-secret`, `your${'-q'.repeat(8)}-password`],
    ...['.example', '-example', ' example', '_example', 'example.', 'example-', 'exampleKey', 'exampleSecret'],
    ...['insert ', 'insert-a', 'insert_the', 'insert-your', 'insert-some', 'insert-here', 'insert-my'],
    ...['-todo ', '-fixme: ', ' todo_generate', '-fixme-put', '-todo-add', '-todo-use', '-todo-change', '-todo-fill'],
    ...[`\${jwt}`, `\${OUR_KEY}`, `\${my_token_42:`, `\${SECRETS}`, `\${password}`, '[object Map]', '[object x]'],
  ]

  test.each(anywhere)('is a placeholder anywhere: %s', piece => {
    expect(complaintAbout(`${front}${piece}${back}`)).toBe(`secretKey is a placeholder. ${remedy}`)
  })

  test.each(['change-', 'change_', 'change ', 'example', 'insert-', 'insert_'])(
    'is a placeholder at the beginning: %s',
    piece => {
      expect(complaintAbout(`${piece}${back}${front}`)).toBe(`secretKey is a placeholder. ${remedy}`)
    },
  )

  test('is a placeholder at the end: example', () => {
    expect(complaintAbout(`${front}example`)).toBe(`secretKey is a placeholder. ${remedy}`)
  })

  test.each([
    `\${APPLICATION_SIGNING_MATERIAL_OF_OURS}`,
    `\${APPLICATION_SIGNING_MATERIAL_OF_OURS:-}`,
    `\${APPLICATION_MATERIAL:-some value instead}`,
    '<our-very-own_material of 2026-11-22 here>',
    'undefined'.repeat(4),
    'null'.repeat(8),
    'NaN'.repeat(11),
    'true'.repeat(8),
    'false'.repeat(7),
  ])('is a placeholder alone: %s', secret => {
    expect(complaintAbout(secret)).toBe(`secretKey is a placeholder. ${remedy}`)
  })

  test.each([
    ...['change-', 'change_', 'changexthis', 'change.me', 'changein', 'myxsecret', 'topxsecret', 'secret.key'],
    ...['replacexme', 'replace.with', 'forxdevelopment', 'yourxkey', 'your--key', 'example', 'xexamplex'],
    ...[`your-${'q'.repeat(21)}-secret`, `your${'-q'.repeat(9)}-token`],
    ...['insert-', 'insert_', 'insert-x', 'insert.the', 'todo ', 'fixme: ', '-todo-', '-todo.set', '-todo:set'],
    ...[`\${material}`, `\${my-key}`, `\${key `, `\${-key}`, '[object ]', '[object -]', '[objectMap]'],
    ...['<our-very-own_material>', 'undefined', 'django-', 'passwort', 'insecu-'],
  ])('is chance in the middle: %s', piece => {
    accepts(`${front}${piece}${back}`)
  })

  test.each([
    `undefined${back}`,
    `${front}undefined`,
    `<our-own_material of 2026>${back}`,
    `${front}<our-own_material of 2026>`,
    `\${APPLICATION_MATERIAL}${back}`,
    `${front}\${APPLICATION_MATERIAL}`,
    `${front}change-`,
    `${front}insert-`,
  ])('is chance before or behind: %s', secret => {
    accepts(secret)
  })
})

describe('a weak secret in another encoding', () => {
  test.each([
    ['is a placeholder', encode('base64', 'change-me-before-the-launch')],
    ['is a placeholder', encode('hex', 'your-256-bit-secret\n')],
    ['is a placeholder', encode('base64', encode('base64', 'django-insecure-8f#kq2v9q'))],
    ['is a placeholder', `"<${'put-the-secret-of-this-server-here'}>"`],
    ['is a placeholder', encode('base64', 'Bitte \u00e4ndern: s3cr3t-k3y')],
    ['repeats itself', encode('base64', 'q7X!b2Lz'.repeat(4))],
    ['runs through neighbouring characters', encode('hex', 'abcdefghijklmnopqrst')],
    ['has fewer than 8 different bytes', '"äöüßéèöäßüèéüöäèßéäüö"'],
    ['has fewer than 8 different bytes', encode('base64', 'adgkpvzgakzdvpagzkdpvgazdkvpz')],
  ])('%s: %s', (complaint, secret) => {
    expect(complaintAbout(secret)).toBe(`secretKey ${complaint}. ${remedy}`)
  })
})

describe('a strong random secret', () => {
  test.each([
    ['a UUID that has t0d0 for a group', '4538c6b0-70d0-4f9d-ad4c-e73c402687ca'],
    ['two UUIDs, one of which begins so', '4538c6b0-9f31-4f9d-ad4c-e73c402687ca-70d0-5f61-4c1e-9b0c6a5f3d21'],
    ['base64url with a todo between hyphens', `${strongSecret.slice(0, 30)}-toDo-${strongSecret.slice(30)}`],
    ['base64url that begins with change', `cHangE${strongSecret}`],
    ['base64url that holds example', `${strongSecret.slice(0, 30)}eXaMple${strongSecret.slice(30)}`],
    ['base64url that holds insert', `${strongSecret.slice(0, 30)}inSert_${strongSecret.slice(30)}`],
    ['base64url that holds your and key', `your_${strongSecret.slice(0, 50)}KEy${strongSecret.slice(50)}`],
    ['base64url that holds digits for letters', `${strongSecret.slice(0, 30)}cH4n9EM3${strongSecret.slice(30)}`],
    ['bytes that hold a variable', Buffer.from(`\xff\${e4}${strongSecret.slice(0, 32)}`, 'latin1')],
    ['bytes of UTF-8 that hold a word', `${strongSecret.slice(0, 30)}changeme\x01${strongSecret.slice(30)}`],
    ['bytes between angle brackets', Buffer.from(`<\x07${strongSecret.slice(0, 32)}>`, 'latin1')],
    ['punctuation with a variable', `\${4}${strongSecret.slice(0, 32)}`],
    ['punctuation between angle brackets', `<${strongSecret.slice(0, 32)}~?%>`],
    ['bytes that begin as DER would', Buffer.from(`\x30\x1e\x02${strongSecret.slice(0, 29)}`, 'latin1')],
  ])('is accepted: %s', (_, secret) => {
    accepts(secret)
  })
})

describe('a placeholder within a random secret', () => {
  test.each(['todo', 'tOd0', 'f1xMe'])('is chance where it is as short as %s', word => {
    accepts(`${strongSecret.slice(0, 30)}${word}${strongSecret.slice(30)}`)
  })
})

describe('a secret without variety', () => {
  const fewBytes = 'adgkpvzgakzdvpagzkdpvgazdkvpzgadkpzvgdka'
  /** 30 characters, 20 of which follow on their neighbour: with 4 more 22 of 33 may, and 23 may not. */
  const mixed = 'abcdeXfghijTklmnoPpqrstLuvwxyQ'

  test.each([
    ['repeats itself', 'q7X!b2Lz'.repeat(4)],
    ['repeats itself', strongSecret.slice(0, 16).repeat(2)],
    ['repeats itself', `${strongSecret.slice(0, 16)}${strongSecret.slice(0, 15)}!`],
    ['repeats itself', `${strongSecret.slice(0, 20)}${strongSecret.slice(0, 18)}!?`],
    ['repeats itself', Buffer.alloc(32)],
    ['runs through neighbouring characters', 'abcdefghijklmnopqrstuvwxyz0123456789'],
    ['runs through neighbouring characters', '9876543210zyxwvutsrqponmlkjihgfedcba'],
    ['runs through neighbouring characters', Buffer.from([...Array(64).keys()])],
    ['runs through neighbouring characters', `${mixed}0123`],
    ['has fewer than 8 different bytes', fewBytes],
  ])('%s', (complaint, secret) => {
    expect(complaintAbout(secret)).toBe(`secretKey ${complaint}. ${remedy}`)
  })

  test('repeats itself where its shortest period is at most the half', () => {
    const period = (text: string): number =>
      [...Array(text.length + 1).keys()].find(by => by > 0 && text.startsWith(text.slice(by))) ?? text.length
    const unit = fc.string({ unit: fc.constantFrom('k', 'r', 'z'), minLength: 1, maxLength: 24 })
    fc.assert(
      fc.property(unit, fc.integer({ min: 32, max: 48 }), (text, length) => {
        const secret = text.repeat(length).slice(0, length)
        const complaint = period(secret) <= length / 2 ? 'repeats itself' : 'has fewer than 8 different bytes'
        expect(complaintAbout(secret)).toBe(`secretKey ${complaint}. ${remedy}`)
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['a period longer than the half', barelyWithoutPeriod],
    ['a piece and another that differs twice', `${strongSecret.slice(0, 16)}${strongSecret.slice(0, 14)}!?`],
    ['two thirds of neighbours', `${mixed}0134`],
    ['8 different bytes', `${fewBytes}s`],
  ])('is not seen in %s', (_, secret) => {
    accepts(secret)
  })
})

describe('a long secret', () => {
  // With the square of the length this took four seconds for 16 KiB, and minutes for 200 KB.
  test.each<readonly [string, Buffer]>([
    ['random bytes', randomBytes(200_000)],
    [
      'almost equal pieces',
      Buffer.concat(
        Array.from({ length: 1000 }, () => [Buffer.from(strongSecret.slice(0, 34)), randomBytes(9)]).flat(),
      ),
    ],
  ])('of %s is judged at once', (_, secret) => {
    const start = performance.now()
    accepts(secret)
    expect(performance.now() - start).toBeLessThan(2000)
  })

  test.each<readonly [string, string]>([
    ['repeats itself', strongSecret.repeat(10_000)],
    ['is a placeholder', `change me! ${randomBytes(100_000).toString('base64')}`],
  ])('that %s is refused', (complaint, secret) => {
    expect(complaintAbout(secret)).toBe(`secretKey ${complaint}. ${remedy}`)
  })
})

describe('allowsWeakSecret', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test('allows none where nobody asked for it', () => {
    expect(allowsWeakSecret(false)).toBe(false)
  })

  test('allows one in development', () => {
    vi.stubEnv('NODE_ENV', 'development')
    expect(allowsWeakSecret(true)).toBe(true)
  })

  test('allows none in production, and says so', () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(allowsWeakSecret(false)).toBe(false)
    expect(thrownMistakeOf(() => allowsWeakSecret(true)).message).toBe(
      `dangerouslyAllowWeakSecret is for development: with NODE_ENV=production use a strong secret. ${remedy}`,
    )
  })
})

describe('allowWeak', () => {
  test.each<readonly [string, string | Buffer]>([
    ...knownSecrets.map(([how, secret]) => [`a known secret ${how}`, secret] as const),
    ...placeholders.map(secret => [`the placeholder ${secret}`, secret] as const),
    ['a short secret', 'x'],
    ['a periodic secret', 'ab'.repeat(16)],
    ['a sequence', 'abcdefghijklmnopqrstuvwxyz0123456789'],
    ['few different bytes', 'adgkpvzgakzdvpagzkdpvgazdkvpzgadkpzvgdka'],
  ])('accepts %s', (_, secret) => {
    accepts(secret, lenient)
  })

  test('does not accept an empty secret', () => {
    expect(complaintAbout('', lenient)).toBe(`secretKey is empty. ${remedy}`)
  })
})
