import { createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type Algorithm, algorithms, isAlgorithm, isSymmetric } from '../../src/keys/algorithms.ts'
import { importKey } from '../../src/keys/import-key.ts'
import type { Key } from '../../src/keys/key.ts'
import { otherSecret, strongSecret } from '../support/configure.ts'
import { type AsymmetricAlgorithm, generateKeyPair, type KeyPair, toJwk, toPem } from '../support/key-pairs.ts'

const signingInput = 'eyJhbGciOiJIUzI1NiJ9.e30'
const names = Object.keys(algorithms).filter(isAlgorithm)
const rsa = generateKeyPair('RS256')
const strangerRsa = generateKeyPair('RS256')

interface Signer {
  readonly signing: Key
  readonly verification: Key
  readonly stranger: Key
}

function importPair(algorithm: Algorithm): Signer {
  if (isSymmetric(algorithm)) {
    const key = importKey(strongSecret, { algorithm })
    return { signing: key, verification: key, stranger: importKey(otherSecret, { algorithm }) }
  }
  const [own, stranger] = pairsFor(algorithm as AsymmetricAlgorithm)
  return {
    signing: importKey(own.privateKey, { algorithm }),
    verification: importKey(own.publicKey, { algorithm }),
    stranger: importKey(stranger.publicKey, { algorithm }),
  }
}

function pairsFor(algorithm: AsymmetricAlgorithm): readonly [KeyPair, KeyPair] {
  if (/^[RP]S/.test(algorithm)) return [rsa, strangerRsa]
  return [generateKeyPair(algorithm), generateKeyPair(algorithm)]
}

const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

describe.each(names)('a key for %s', algorithm => {
  const { signing, verification, stranger } = importPair(algorithm)

  test('verifies what its other half has signed', async () => {
    expect(verification.verify(signingInput, await signing.sign(signingInput))).toBe(true)
  })

  test('does not verify another text', async () => {
    expect(verification.verify(`${signingInput}A`, await signing.sign(signingInput))).toBe(false)
  })

  test('does not verify what another key has signed', async () => {
    expect(stranger.verify(signingInput, await signing.sign(signingInput))).toBe(false)
  })

  test('does not verify a signature with a flipped bit', async () => {
    const signature = Buffer.from(await signing.sign(signingInput), 'base64url')
    signature.writeUInt8(signature.readUInt8(9) ^ 1, 9)
    expect(verification.verify(signingInput, toText(signature))).toBe(false)
  })

  test('does not verify a signature that is cut short or too long', async () => {
    const signature = Buffer.from(await signing.sign(signingInput), 'base64url')
    expect(verification.verify(signingInput, toText(signature.subarray(0, -1)))).toBe(false)
    expect(verification.verify(signingInput, toText(Buffer.concat([signature, Buffer.alloc(1)])))).toBe(false)
  })

  test.each([0, 1, 31, 32, 63, 64, 96, 132, 255, 256, 257, 4096])(
    'answers no, and throws nothing, to %d bytes which are no signature',
    length => {
      expect(verification.verify(signingInput, toText(Buffer.alloc(length)))).toBe(false)
      expect(verification.verify(signingInput, toText(Buffer.alloc(length, 0xff)))).toBe(false)
    },
  )

  test('does not verify a text in which a character of two bytes stands for one of ASCII', async () => {
    // Cut to one byte it would be an A.
    expect(verification.verify(`${signingInput}\u0141`, await signing.sign(`${signingInput}A`))).toBe(false)
  })

  test('says which algorithm it is for', () => {
    expect(verification.algorithm).toBe(algorithm)
  })
})

describe('a secret', () => {
  test('signs no text that is not ASCII', () => {
    expect(() => importKey(strongSecret, { algorithm: 'HS256' }).sign('a\u00e9')).toThrow(
      'only ASCII text can be signed',
    )
  })
})

describe('a private key', () => {
  test('verifies, too', async () => {
    const key = importKey(rsa.privateKey, { algorithm: 'PS256' })
    expect(key.verify(signingInput, await key.sign(signingInput))).toBe(true)
  })
})

describe('an RSA key', () => {
  test('for RS256 does not verify a signature of PS256', async () => {
    const signature = await importKey(rsa.privateKey, { algorithm: 'PS256' }).sign(signingInput)
    expect(importKey(rsa.publicKey, { algorithm: 'RS256' }).verify(signingInput, signature)).toBe(false)
  })

  test('for PS256 does not verify a signature of RS256', async () => {
    const signature = await importKey(rsa.privateKey, { algorithm: 'RS256' }).sign(signingInput)
    expect(importKey(rsa.publicKey, { algorithm: 'PS256' }).verify(signingInput, signature)).toBe(false)
  })

  test.each(['RS256', 'PS256'] as const)('signs %s while the event loop goes on', async algorithm => {
    const key = importKey(rsa.privateKey, { algorithm })
    const settled: number[] = []
    const signatures: Promise<unknown>[] = []
    // Between two immediates of one round all microtasks run, but nothing can arrive from another thread.
    const settledAtNextImmediate = await new Promise<number>(resolve => {
      setImmediate(() => {
        for (let index = 0; index < 8; index++) {
          signatures.push(Promise.resolve(key.sign(signingInput)).then(() => settled.push(index)))
        }
      })
      setImmediate(() => resolve(settled.length))
    })
    expect(settledAtNextImmediate).toBe(0)
    await Promise.all(signatures)
    expect(settled).toHaveLength(8)
  })
})

describe('an EC key', () => {
  test('does not verify a signature in DER', async () => {
    const { signing, verification } = importPair('ES256')
    const raw = Buffer.from(await signing.sign(signingInput), 'base64url')
    const integer = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0x02, bytes.length + 1, 0]), bytes])
    const body = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))])
    expect(verification.verify(signingInput, toText(Buffer.concat([Buffer.from([0x30, body.length]), body])))).toBe(
      false,
    )
  })
})

describe('the public key of RS256 as a secret', () => {
  test('signs nothing that the key verifies', () => {
    const key = importKey(rsa.publicKey, { algorithm: 'RS256' })
    const forged = createHmac('sha256', toPem(rsa.publicKey)).update(signingInput).digest('base64url')
    expect(key.verify(signingInput, forged)).toBe(false)
  })
})

describe('what a key shows of itself', () => {
  const secret = importKey(strongSecret, { algorithm: 'HS256', kid: 'current' })

  test('is its kid, its type and its algorithm', () => {
    expect({ ...secret }).toEqual({ algorithm: 'HS256', type: 'secret', kid: 'current' })
  })

  test('never is the secret', () => {
    expect(inspect(secret, { depth: 9, showHidden: true })).not.toContain(strongSecret)
    expect(JSON.stringify(secret)).toBe('{"algorithm":"HS256","type":"secret","kid":"current"}')
  })

  test('never is the private key', () => {
    const { d = '', n = '' } = toJwk(rsa.privateKey)
    const shown = inspect(importKey(rsa.privateKey, { algorithm: 'RS256' }), { depth: 9, showHidden: true })
    expect(shown).not.toContain(d)
    expect(shown).not.toContain(n)
  })
})

describe('an RSA key', () => {
  test.each(['RS256', 'PS256'] as const)('verifies no signature of %s without its leading zero', async algorithm => {
    const key = importKey(rsa.privateKey, { algorithm })
    let text = ''
    let signature = Buffer.alloc(1, 1)
    // One in 256 begins with a zero: that of RS256 is the same each time, that of PS256 is not.
    for (let attempt = 0; signature[0] !== 0; attempt++) {
      text = `${signingInput}${attempt}`
      signature = Buffer.from(await key.sign(text), 'base64url')
    }
    expect(key.verify(text, toText(signature))).toBe(true)
    expect(key.verify(text, toText(signature.subarray(1)))).toBe(false)
    expect(key.verify(text, toText(Buffer.concat([Buffer.alloc(1), signature])))).toBe(false)
  })
})
