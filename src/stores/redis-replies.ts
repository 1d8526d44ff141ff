import type { IssuedSession, RotationResult, StoredSession } from './store.ts'

const issuing = ['rotated', 'current', 'replayed'] as const
const refusing = ['revoked', 'expired', 'unknown'] as const

/** What a script has answered for a new session. */
export function readIssued(reply: unknown): IssuedSession {
  const [row, issuedAt] = readList(reply)
  return { session: readSession(row), issuedAt: readNumber(issuedAt) }
}

/** What a script has answered for a rotation. */
export function readRotation(reply: unknown): RotationResult {
  const [verdict, ...issued] = readList(reply)
  const issuedVerdict = issuing.find(name => name === verdict)
  if (issuedVerdict !== undefined) return { verdict: issuedVerdict, ...readIssued(issued) }
  if (verdict === 'reused') return { verdict, session: readSession(issued[0]) }
  const refusal = refusing.find(name => name === verdict)
  if (refusal !== undefined) return { verdict: refusal }
  throw unexpected()
}

/** A session, as the scripts write one: its id and then its fields, in their order. */
export function readSession(reply: unknown): StoredSession {
  const [sid, sub, jti, , generation, createdAt, , usedAt, expiresAt, , ip, userAgent] = readList(reply)
  return {
    sid: readText(sid),
    sub: readText(sub),
    jti: readText(jti),
    generation: readNumber(generation),
    createdAt: readNumber(createdAt),
    usedAt: readNumber(usedAt),
    expiresAt: orNull(expiresAt, readNumber),
    ip: orNull(ip, readText),
    userAgent: orNull(userAgent, readText),
  }
}

/** A list, each of its members read in the same way. */
export function readEach<Member>(reply: unknown, read: (member: unknown) => Member): Member[] {
  return readList(reply).map(read)
}

export function readText(reply: unknown): string {
  if (typeof reply === 'string') return reply
  // A client can be told to give bytes.
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString()
  throw unexpected()
}

function readNumber(reply: unknown): number {
  const text = readText(reply)
  const number = text === 'inf' ? Number.POSITIVE_INFINITY : Number(text)
  if (text === '' || Number.isNaN(number)) throw unexpected()
  return number
}

function readList(reply: unknown): unknown[] {
  if (Array.isArray(reply)) return reply
  throw unexpected()
}

function orNull<Value>(reply: unknown, read: (reply: unknown) => Value): Value | null {
  return reply === null || reply === undefined ? null : read(reply)
}

function unexpected(): Error {
  return new Error(
    'Redis answered a script of redisStore in a way that it does not know: is there another program with the same prefix?',
  )
}
