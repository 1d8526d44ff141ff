import { createPublicKey, type KeyObject } from 'node:crypto'

/** The AlgorithmIdentifier of a plain RSA key in DER (RFC 8017 appendix A.1). */
const rsaIdentifier = Buffer.from('300d06092a864886f70d0101010500', 'hex')

/** The last byte of the hash's object identifier, and the length of the salt in bytes, in hexadecimal. */
const parameters: Readonly<Record<string, { readonly oid: string; readonly salt: string }>> = {
  sha256: { oid: '01', salt: '20' },
  sha384: { oid: '02', salt: '30' },
  sha512: { oid: '03', salt: '40' },
}

/**
 * The same public key, bound to RSASSA-PSS with one hash and a salt of its length (RFC 7518 section 3.5, RFC 4055
 * section 3.1). OpenSSL then accepts nothing else from it, and no options are needed beside it, which Node is slow to
 * read on each call.
 *
 * @param key a public RSA key of at least 2048 bits, which is not bound to RSASSA-PSS yet
 */
export function toPssKey(key: KeyObject, hash: string): KeyObject {
  const spki = key.export({ type: 'spki', format: 'der' })
  const bits = spki.subarray(spki.indexOf(rsaIdentifier) + rsaIdentifier.length)
  const content = Buffer.concat([pssIdentifier(hash), bits])
  // Longer than 255 bytes and shorter than 65,536, as the key is: then two bytes hold the length.
  const head = Buffer.from([0x30, 0x82, content.length >> 8, content.length & 0xff])
  return createPublicKey({ key: Buffer.concat([head, content]), format: 'der', type: 'spki' })
}

function pssIdentifier(hash: string): Buffer {
  const { oid, salt } = parameters[hash] as { readonly oid: string; readonly salt: string }
  const hashIdentifier = `300d06096086480165030402${oid}0500`
  const maskIdentifier = `301a06092a864886f70d010108${hashIdentifier}`
  return Buffer.from(`304106092a864886f70d01010a3034a00f${hashIdentifier}a11c${maskIdentifier}a2030201${salt}`, 'hex')
}
