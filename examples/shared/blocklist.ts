/** Revoked tokens, in memory here: by id, until they would have expired anyway (seconds since 1970). */
const revoked = new Map<string, number>()

export function revoke({ jti, exp }: { readonly jti: string | null; readonly exp?: number }): void {
  const now = Date.now() / 1000
  for (const [id, end] of revoked) if (end <= now) revoked.delete(id)
  if (jti !== null) revoked.set(jti, exp ?? Number.POSITIVE_INFINITY)
}

export function isRevoked(jti: string | null): boolean {
  return jti !== null && revoked.has(jti)
}
