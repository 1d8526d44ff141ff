import { serve } from '@hono/node-server'
import { GraphQLError } from 'graphql'
import { createSchema, createYoga, type YogaInitialContext } from 'graphql-yoga'
import { type AnonymousContext, type JwtContext, JwtError, JwtManager, type Requirements } from 'jwt-extended/fetch'
import { isRevoked } from '../shared/blocklist.ts'
import { createRoutes } from './routes.ts'

const { JWT_SECRET_KEY: secretKey, PORT: port = '5000' } = process.env

const jwt = new JwtManager({
  secretKey,
  tokenLocation: ['headers', 'cookies'],
  // The example runs on plain http; in production leave `secure` alone.
  cookies: { secure: false },
  tokenInBlocklist: (_header, { jti }) => isRevoked(jti),
})

interface AuthContext {
  /** Who is asking. */
  readonly jwt: JwtContext | AnonymousContext
}

/** A refusal as GraphQL has it: the code for the client's program, status and challenge for its HTTP. */
function throwGraphError(error: unknown): never {
  if (!(error instanceof JwtError)) throw error
  const { message, code, status, headers } = error
  throw new GraphQLError(message, { extensions: { code, http: { status, headers } } })
}

/** Protects a resolver, as `required()` does a route. */
function required<Result>(
  resolve: (jwt: JwtContext) => Result,
  requirements: Omit<Requirements, 'optional'> = {},
): (source: unknown, args: unknown, context: YogaInitialContext) => Promise<Result> {
  return async (_source, _args, { request }) =>
    resolve(await jwt.authenticate(request, requirements).catch(throwGraphError))
}

const yoga = createYoga<object, AuthContext>({
  schema: createSchema<YogaInitialContext & AuthContext>({
    typeDefs: `
      type Query {
        greeting: String!
        me: User!
      }
      type Mutation {
        changePassword: String!
      }
      type User {
        name: String!
      }
    `,
    resolvers: {
      Query: {
        greeting: (_source, _args, context) => `Hello ${context.jwt.identity ?? 'guest'}`,
        me: required(({ identity }) => ({ name: identity })),
      },
      Mutation: {
        changePassword: required(() => 'Your password would be changed now', { fresh: true }),
      },
    },
  }),
  // A token is welcome. One that is there must be good, whatever is asked.
  context: async ({ request }) => ({
    jwt: await jwt.authenticate(request, { optional: true }).catch(throwGraphError),
  }),
})

const routes = createRoutes(jwt)

async function fetch(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname === yoga.graphqlEndpoint) return yoga.fetch(request)
  const route = routes.get(`${request.method} ${pathname}`)
  return route === undefined ? new Response('Not found', { status: 404 }) : route(request)
}

serve({ fetch, port: Number(port), hostname: '127.0.0.1' }, address => {
  console.log(`The graphql example is on http://127.0.0.1:${address.port}`)
})
