import { JwtManager, type JwtOptions, type JwtRequest, type Requirements } from 'jwt-extended'

export const secretKey = 'rK2-vTn8Wq5-Xb1mYc7-Zd4pHs9-Lf3gJw6-Eu0aOi'

/** When the clock of the tests stands still, in seconds since 1970. */
export const now = 1_800_000_000

export interface RequestParts {
  readonly method?: string
  readonly protocol?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, readonly string[]>>
  readonly body?: unknown
}

/** A request as an adapter would describe it. */
export function requestOf({ method = 'GET', protocol, headers = {}, query, body }: RequestParts = {}): JwtRequest {
  const fields = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    method,
    protocol,
    header: name => fields.get(name.toLowerCase()),
    ...(query !== undefined && { query: (name: string) => query[name] ?? [] }),
    ...(body !== undefined && { body: () => body }),
  }
}

export function managerWith(options: Partial<JwtOptions> = {}): JwtManager<unknown> {
  return new JwtManager<unknown>({ secretKey, clock: () => now * 1000, warn: () => {}, ...options })
}

/** The code that a request is refused with, or where its token was found; null for an anonymous one. */
export async function outcomeOf(
  jwt: JwtManager<unknown>,
  parts: RequestParts,
  requirements: Requirements = {},
): Promise<unknown> {
  const context = await jwt.authenticate(requestOf(parts), requirements).catch((error: unknown) => error)
  if (context instanceof Error) return 'code' in context ? context.code : `${context.name}: ${context.message}`
  return (context as { location?: string }).location ?? null
}
