import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { JwtError, type JwtErrorCode } from '../../src/index.ts'
import { compileBlocks, type Diagnostics } from './compile.ts'
import { readAnchors, readBlocks, readCode, readLanguages, readLinks } from './markdown.ts'

const root = new URL('../..', import.meta.url).pathname
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.md'))
  .map(name => join('docs', name))
const guide = docs.filter(page => dirname(page) === 'docs/guide')
const pages = [...docs, 'README.md'].filter(page => existsSync(join(root, page)))
const blocks = pages.flatMap(page => readBlocks(page, read(page), 'ts'))

describe('programs of the guide', () => {
  let diagnostics: Diagnostics

  beforeAll(async () => {
    diagnostics = await compileBlocks(blocks)
  }, 60_000)

  test.each(blocks.map(block => [`${block.page}, block ${block.number} (line ${block.line})`, block] as const))(
    '%s compiles',
    (_name, block) => {
      expect(diagnostics.get(block)).toEqual([])
    },
  )

  test('the compiler refuses a block that is wrong, and names the page and its line', async () => {
    const block = {
      page: 'page.md',
      number: 1,
      line: 40,
      code: `export const one = 1\nexport const two: string = one\n`,
    }
    const [messages = []] = [...(await compileBlocks([block])).values()]
    expect(messages).toEqual([expect.stringMatching(/^page\.md:41 error TS2322: /)])
  }, 60_000)

  test.each(pages)('%s hides no program from the compiler behind another name of the language', page => {
    expect(readLanguages(read(page)).filter(language => /^(typescript|tsx|[cm]ts|ts .*)$/i.test(language))).toEqual([])
  })

  test.each(docs.filter(page => page !== 'docs/guide/README.md'))('%s has a program', page => {
    expect(blocks.some(block => block.page === page)).toBe(true)
  })
})

describe('links of the guide', () => {
  test.each([...docs, 'SECURITY.md'])('%s links to nothing that does not exist', page => {
    expect(readLinks(read(page)).filter(target => !leadsSomewhere(page, target))).toEqual([])
  })

  test('the index names every page', () => {
    const index = 'docs/guide/README.md'
    const named = readLinks(read(index)).map(target => join(dirname(index), target))
    expect(guide.filter(page => page !== index && !named.includes(page))).toEqual([])
  })
})

describe('the page for those who come from Flask-JWT-Extended', () => {
  const code = readCode(read('docs/guide/coming-from-flask.md'))
  const isMentioned = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(code)

  test('mentions every JWT_* option', () => {
    const names = findNames(read('src/flask/flask-options.ts'), /^ {2}((?:JWT_|SECRET_)[A-Z_]+):/gm)
    expect(names.length).toBeGreaterThan(40)
    expect(names.filter(name => !isMentioned(name))).toEqual([])
  })

  test.each(['JwtOptions', 'Loaders', 'CookieOptions', 'TokenCookieOptions', 'CsrfOptions', 'TokenCsrfOptions'])(
    'mentions every member of %s',
    name => {
      const members = readMembers(read('src/options.ts'), name)
      expect(members.length).toBeGreaterThan(1)
      expect(members.filter(member => !isMentioned(member))).toEqual([])
    },
  )

  test('mentions every requirement of a route', () => {
    const members = readMembers(read('src/request/requirements.ts'), 'Requirements')
    expect(members.length).toBeGreaterThan(1)
    expect(members.filter(member => !isMentioned(member))).toEqual([])
  })
})

describe('the page about answers', () => {
  const codes = findNames(read('src/errors.ts'), /^ {2}\| '(\w+)'$/gm) as JwtErrorCode[]

  test('names the status of every code', () => {
    const rows = [...read('docs/guide/change-the-answers.md').matchAll(/^\| `(\w+)` +\| (\d{3}) +\|/gm)]
    const statuses = rows.map(([, code = '', status]) => [code, Number(status)] as const)
    expect(new Map(statuses)).toEqual(new Map(codes.map(code => [code, new JwtError(code, '').status])))
  })
})

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(root, file))) return false
  return anchor === undefined || readAnchors(read(file)).includes(anchor)
}

/** The members of an interface, read from its source. */
function readMembers(source: string, name: string): string[] {
  const [, body = ''] = new RegExp(`export interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(source) ?? []
  return findNames(body, /^ {2}(?:readonly )?(\w+)\??[:(]/gm)
}

function findNames(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name)
}
