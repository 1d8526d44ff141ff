const maxBytes = 64

/** No browser says more, and nobody makes the patterns read more. */
const maxLength = 512

/** First match wins: most browsers name others as well. */
const browsers: readonly (readonly [string, RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/\d/],
  ['Opera', /\bOPR\/\d/],
  ['Samsung Internet', /\bSamsungBrowser\/\d/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/\d/],
  ['Chrome', /\b(?:Chrome|CriOS)\/\d/],
  ['Safari', /\bVersion\/\d.*\bSafari\//],
]

const systems: readonly (readonly [string, RegExp])[] = [
  ['Windows', /\bWindows\b/],
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['macOS', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
]

/**
 * A user agent (RFC 9110 section 10.1.5) as a person reads it in a list of devices, such as `Firefox on Linux`; what is
 * no browser keeps its own words. At most 64 bytes, for a longer one triples what a session takes in a store.
 */
export function describeUserAgent(userAgent: string | null | undefined): string | null {
  if (typeof userAgent !== 'string' || userAgent.trim() === '') return null
  const text = userAgent.trim().slice(0, maxLength)
  const browser = findName(browsers, text)
  const system = findName(systems, text)
  if (browser === undefined) return shorten(text)
  return system === undefined ? browser : `${browser} on ${system}`
}

function findName(known: readonly (readonly [string, RegExp])[], text: string): string | undefined {
  return known.find(([, pattern]) => pattern.test(text))?.[0]
}

function shorten(text: string): string {
  const bytes = Buffer.from(text)
  // Without half a character at the end.
  return bytes.length <= maxBytes
    ? text
    : bytes
        .subarray(0, maxBytes)
        .toString('utf8')
        .replace(/\uFFFD+$/, '')
}
