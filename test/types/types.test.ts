import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname
const cache = join(root, 'node_modules/.cache')

/** What the compiler says of a project: nothing where it is right. */
async function compile(project: string): Promise<string> {
  const args = ['-p', project, '--noEmit', '--pretty', 'false']
  try {
    return (await promisify(execFile)('node_modules/.bin/tsc', args, { cwd: root })).stdout
  } catch (error) {
    const { stdout } = error as { stdout?: string }
    // A compiler that finds something wrong says what; any other failure is one of the test.
    if (stdout) return stdout
    throw error
  }
}

/** Compiles a program of one file. `Register` is one interface for a program, so each way to fill it in needs one. */
async function compileText(text: string): Promise<string> {
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'types-'))
  try {
    const compilerOptions = { types: ['node'], noUnusedLocals: false }
    const config = { extends: '../../../tsconfig.json', include: ['program.ts'], compilerOptions }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
    await writeFile(join(folder, 'program.ts'), text)
    return await compile(join(folder, 'tsconfig.json'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

const requestTypes = { express: 'Request', fastify: 'FastifyRequest' }

/** An application that registers its manager, with a schema and a user, in this way. */
function program(framework: keyof typeof requestTypes, register: string, expectations: string): string {
  const Request = requestTypes[framework]
  return `
import type { ${Request} } from '${framework}'
import { type AnonymousContext, type JwtContext, JwtManager } from 'jwt-extended/${framework}'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'

export const jwt = new JwtManager({
  secretKey: 'only the types matter here',
  userLookup: (_header, { since }) => ({ since }),
  claimsSchema: z.object({ since: z.string().transform(text => new Date(text)) }),
})
${register}
export function handle(req: ${Request}): void {
  ${expectations}
}
`
}

describe('the types', { timeout: 60_000 }, () => {
  test('are inferred as the files of this folder expect', async () => {
    expect(await compile('test/types/tsconfig.json')).toBe('')
  })

  test('are checked for real: a wrong expectation does not compile', async () => {
    const wrong = `import { JwtManager } from 'jwt-extended'\nexport const user: string = new JwtManager({ userLookup: () => 1 }).current().user\n`
    expect(await compileText(wrong)).toContain(`Type 'number' is not assignable to type 'string'`)
  })
})

/** An application of Nest, where the manager is made by a module and its type is written by hand. */
function nestProgram(register: string, expectations: string): string {
  return `
import { CurrentJwt, type JwtContext, JwtManager, JwtRequired, type RegisteredContext } from 'jwt-extended/nest'
import { expectTypeOf } from 'vitest'

${register}
export class Controller {
  @JwtRequired()
  show(@CurrentJwt() jwt: RegisteredContext): void {
    ${expectations}
  }
}
`
}

describe('RegisteredContext in Nest', { timeout: 60_000 }, () => {
  const registered = `declare module 'jwt-extended' {
  interface Register { jwt: JwtManager<{ id: number }, { readonly role: 'admin' }> }
}`

  test('is general where no manager is registered', async () => {
    expect(await compileText(nestProgram('', 'expectTypeOf(jwt).toEqualTypeOf<JwtContext>()'))).toBe('')
  })

  test('knows the user and the claims of the registered type of manager', async () => {
    const expectations = `
    expectTypeOf(jwt).toEqualTypeOf<JwtContext<{ id: number }, { readonly role: 'admin' }>>()
    expectTypeOf(jwt.user.id).toEqualTypeOf<number>()
    expectTypeOf(jwt.claims.role).toEqualTypeOf<'admin'>()
    // @ts-expect-error: a user has no name
    jwt.user.name`
    expect(await compileText(nestProgram(registered, expectations))).toBe('')
  })
})

describe.each([
  ['express', 'undefined'],
  ['fastify', 'null'],
] as const)('the type of a request of %s', { timeout: 60_000 }, (framework, nobody) => {
  const registered = (members: string): string =>
    `declare module 'jwt-extended' {\n  interface Register { ${members} }\n}`

  test('is general where no manager is registered', async () => {
    const general = program(framework, '', 'expectTypeOf(req.jwt).toEqualTypeOf<JwtContext>()')
    expect(await compileText(general)).toBe('')
  })

  test('knows the user and the schema of the registered manager', async () => {
    const expectations = `
  expectTypeOf(req.jwt.user).toEqualTypeOf<{ since: Date }>()
  expectTypeOf(req.jwt.claims.since).toEqualTypeOf<Date>()
  expectTypeOf(req.jwt.identity).toEqualTypeOf<string>()
  // @ts-expect-error: what the schema puts out is no text
  req.jwt.claims.since.toUpperCase()`
    expect(await compileText(program(framework, registered('jwt: typeof jwt'), expectations))).toBe('')
  })

  test('says with openRoutes that on some routes there is nobody', async () => {
    const expectations = `
  expectTypeOf(req.jwt).toEqualTypeOf<JwtContext<{ since: Date }, { since: Date }> | AnonymousContext | ${nobody}>()
  expectTypeOf(req.jwt?.user).toEqualTypeOf<{ since: Date } | undefined>()
  expectTypeOf(req.jwt?.claims.since).toEqualTypeOf<Date | undefined>()
  if (req.jwt?.identity !== undefined) expectTypeOf(req.jwt.claims.since).toEqualTypeOf<Date>()
  // @ts-expect-error: on an open route there is none
  req.jwt.identity
  // A protected route says so by current(), an optional one by its option.
  expectTypeOf(jwt.current().claims.since).toEqualTypeOf<Date>()
  expectTypeOf(jwt.current({ optional: true }).claims.since).toEqualTypeOf<Date | undefined>()`
    expect(await compileText(program(framework, registered('jwt: typeof jwt; openRoutes: true'), expectations))).toBe(
      '',
    )
  })
})
