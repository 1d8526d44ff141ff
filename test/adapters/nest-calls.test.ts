import { ExternalContextCreator } from '@nestjs/core'
import { Field, GraphQLModule, ObjectType, Query, Resolver } from '@nestjs/graphql'
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius'
import { type GetRequest, JwtModule } from 'jwt-extended/nest'
import { describe, expect, test } from 'vitest'
import { sendRaw } from '../../src/testing/http-client.ts'
import { bearer, bodyOf, everywhere, options, platforms, running, start } from './nest-support.ts'

/** What jobs, commands and the like are: Nest calls them with guards and interceptors, but there is no request. */
class Job {
  run(name: unknown): string {
    return `ran ${name}`
  }
}

/** A handler as an integration with Nest would call it. */
function callable(): (name: string) => Promise<unknown> {
  const job = new Job()
  const creator = running.at(-1)?.get(ExternalContextCreator) as ExternalContextCreator
  const enhancers = { guards: true, interceptors: true, filters: true }
  return creator.create(job as never, job.run, 'run', undefined, undefined, undefined, undefined, enhancers, 'job')
}

describe.each(platforms)('a call that is no request, on Nest with %s', platform => {
  test('goes through the interceptor of the module where nobody protects it', async () => {
    await start(platform, { imports: [JwtModule.forRoot(options)] })
    expect(await callable()('nightly')).toBe('ran nightly')
  })

  test('is refused where a guard protects it, and with no object to know it by also with a token', async () => {
    await start(platform, { imports: [JwtModule.forRoot(options)], providers: [everywhere] })
    await expect(callable()('nightly')).rejects.toThrow('set getRequest in JwtModule.forRoot()')
    const authorization = await bearer('alice')
    const getRequest: GetRequest = () => ({ method: 'GET', header: () => authorization })
    await start(platform, { imports: [JwtModule.forRoot({ ...options, getRequest })], providers: [everywhere] })
    await expect(callable()('nightly')).rejects.toThrow('cannot tell the calls of a handler of type job apart')
  })
})

describe('what getRequest returns', () => {
  const requestless: readonly [string, unknown][] = [
    ['nothing', undefined],
    ['what graphql-ws knows of a connection', { extra: {}, connectionParams: {} }],
    ['a reply without its request', { raw: undefined }],
    ['headers alone', { headers: { authorization: 'Bearer token' } }],
    ['a description without a method', { header: () => undefined }],
    ['a request of fetch', new Request('http://localhost/')],
  ]

  test.each(requestless)('has to be a request, and the error says what to do: %s', async (_, value) => {
    const getRequest = (() => value) as GetRequest
    await start('Express', { imports: [JwtModule.forRoot({ ...options, getRequest })], providers: [everywhere] })
    await expect(callable()('nightly')).rejects.toThrow(/a call of type job .*: set getRequest in JwtModule/)
  })
})

describe('a GraphQL context', () => {
  @ObjectType()
  class Answer {
    @Field(() => String)
    text = 'answered'
  }

  @Resolver(() => Answer)
  class AnswerResolver {
    @Query(() => Answer)
    answer(): Answer {
      return new Answer()
    }
  }

  test('whose req is none, as over a WebSocket, is refused with what to do', async () => {
    const graphql = GraphQLModule.forRoot<MercuriusDriverConfig>({
      driver: MercuriusDriver,
      autoSchemaFile: true,
      context: () => ({ req: { extra: {}, connectionParams: {} } }),
    })
    const port = await start('Fastify', {
      imports: [JwtModule.forRoot(options), graphql],
      providers: [AnswerResolver, everywhere],
    })
    const reply = await sendRaw(port, {
      method: 'POST',
      path: '/graphql',
      headers: [
        ['Content-Type', 'application/json'],
        ['Authorization', await bearer('alice')],
      ],
      body: JSON.stringify({ query: '{ answer { text } }' }),
    })
    expect(bodyOf(reply)).toMatchObject({
      data: null,
      errors: [{ message: expect.stringContaining('return the request that has the token (for a WebSocket') }],
    })
  })
})
