export const frameworks = ['node:http', 'Fastify', 'Express', 'Koa', 'Hono'] as const
export type Framework = (typeof frameworks)[number]

/** The route without any protection. */
export const bareName = 'bare'
export const ourName = 'jwt-extended'
export const cachedName = 'jwt-extended, cache'
