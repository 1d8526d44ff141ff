/**
 * The primes modulo which 65537 does not reach every value: a modulus made by the defective library (CVE-2017-15361,
 * "ROCA") is a power of 65537 modulo each of them. One in 2^28 others is, too.
 */
const primes: readonly bigint[] = [
  11n,
  13n,
  17n,
  19n,
  37n,
  53n,
  61n,
  71n,
  73n,
  79n,
  97n,
  103n,
  107n,
  109n,
  127n,
  151n,
  157n,
]

/**
 * Whether an RSA modulus comes from the library whose keys can be factored (Nemec et al., "The Return of Coppersmith's
 * Attack", ACM CCS 2017, section 2.4).
 */
export function isRocaModulus(modulus: Uint8Array): boolean {
  const value = BigInt(`0x${Buffer.from(modulus).toString('hex')}`)
  return primes.every(prime => powersOf65537(prime).has(value % prime))
}

function powersOf65537(prime: bigint): ReadonlySet<bigint> {
  const powers = new Set<bigint>()
  for (let power = 1n; !powers.has(power); power = (power * 65537n) % prime) powers.add(power)
  return powers
}
