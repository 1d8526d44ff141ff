import type { ResolvedOptions } from '../options.ts'
import type { JwtRequest } from '../request/request.ts'
import { describeUserAgent } from './user-agent.ts'

/** Where a session is used from, for the user who reads the list of them. */
export interface Device {
  readonly ip?: string | null | undefined
  /** The header `User-Agent`, of which a short name is kept. */
  readonly userAgent?: string | null | undefined
}

/** No address is longer: IPv6 with a zone. */
const maxIpLength = 64

/** A device as stores keep it. */
export function resolveDevice(
  { ip, userAgent }: Device = {},
  { sessions }: Pick<ResolvedOptions, 'sessions'>,
): { ip: string | null; userAgent: string | null } {
  if (!sessions.keepDevices) return { ip: null, userAgent: null }
  return { ip: ip?.slice(0, maxIpLength) || null, userAgent: describeUserAgent(userAgent) }
}

export function readDevice(request: JwtRequest): Device {
  return { ip: request.ip, userAgent: request.header('user-agent') }
}
