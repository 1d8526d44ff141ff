import { createHash } from 'node:crypto'

/** What is needed of a client of node-redis: what `createClient`, `createCluster`, `createSentinel` and pools return. */
export interface NodeRedisClient {
  evalSha(sha: string, options: NodeRedisCall): Promise<unknown>
  eval(script: string, options: NodeRedisCall): Promise<unknown>
}

interface NodeRedisCall {
  keys: string[]
  arguments: string[]
}

/** What is needed of a client of ioredis: a `Redis`, with or without Sentinel, or a `Cluster`. */
export interface IoredisClient {
  evalsha(sha: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
}

export type RedisClient = NodeRedisClient | IoredisClient

/** A Lua script, and the name that a server which has seen it knows it by. */
export interface RedisScript {
  readonly text: string
  readonly sha: string
}

/** Runs a script on the server that has these keys. */
export type RunScript = (script: RedisScript, keys: readonly string[], argument: string) => Promise<unknown>

export function redisScript(text: string): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/**
 * How scripts are run with this client: by their hash, and in full where the server has not seen them or has forgotten them.
 *
 * @throws TypeError where it is no client that is known
 */
export function scriptRunner(client: RedisClient): RunScript {
  const { bySha, byText } = evaluators(client)
  return async (script, keys, argument) => {
    try {
      return await bySha(script.sha, keys, argument)
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return await byText(script.text, keys, argument)
    }
  }
}

type Evaluate = (script: string, keys: readonly string[], argument: string) => Promise<unknown>

function evaluators(client: RedisClient): { bySha: Evaluate; byText: Evaluate } {
  if (isNodeRedis(client)) {
    return {
      bySha: (sha, keys, argument) => client.evalSha(sha, { keys: [...keys], arguments: [argument] }),
      byText: (text, keys, argument) => client.eval(text, { keys: [...keys], arguments: [argument] }),
    }
  }
  if (isIoredis(client)) {
    return {
      bySha: (sha, keys, argument) => client.evalsha(sha, keys.length, ...keys, argument),
      byText: (text, keys, argument) => client.eval(text, keys.length, ...keys, argument),
    }
  }
  throw new TypeError(
    'client must be a client of node-redis (createClient, createCluster, createSentinel) or of ioredis (Redis, Cluster)',
  )
}

function isNodeRedis(client: unknown): client is NodeRedisClient {
  return hasMethod(client, 'evalSha') && hasMethod(client, 'eval')
}

function isIoredis(client: unknown): client is IoredisClient {
  return hasMethod(client, 'evalsha') && hasMethod(client, 'eval')
}

function hasMethod(client: unknown, name: string): boolean {
  return typeof (client as Record<string, unknown> | null | undefined)?.[name] === 'function'
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}
