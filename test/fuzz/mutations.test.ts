import { describe, expect, test } from 'vitest'
import { refusalOf } from '../support/refusals.ts'
import { countEdits, editToken } from './edits.ts'
import { createSubjects, type Subject, searchEdits } from './mutations.ts'

const original = { token: 'eyJh.eyJz.c2ln', sibling: 'eyJr.eyJ0.Z2ls' }
const edited = new Set(
  Array.from({ length: countEdits(original.token) }, (_, number) => editToken(original, number).text),
)

describe('the edits of a token', () => {
  test.each([
    ['replace each character', 'eyJh.eyJz.c2l='],
    ['insert before the first one', '\neyJh.eyJz.c2ln'],
    ['insert behind the last one', 'eyJh.eyJz.c2ln '],
    ['delete each', 'yJh.eyJz.c2ln'],
    ['swap neighbours', 'eyJ.heyJz.c2ln'],
    ['put in others of the same low byte', 'eyJh.eyJz.c2l\u{16e}'],
    ['cut to every length', 'eyJh.eyJz.'],
    ['cut to nothing', ''],
    ['cut in front', 'c2ln'],
    ['double a segment', 'eyJheyJh.eyJz.c2ln'],
    ['put in a segment twice', 'eyJh.eyJz.eyJz.c2ln'],
    ['exchange one segment', 'eyJh.eyJ0.c2ln'],
    ['exchange all but one', 'eyJr.eyJ0.c2ln'],
    ['add a dot', 'eyJh.eyJz.c2ln.'],
    ['put a mark in front', '\u{feff}eyJh.eyJz.c2ln'],
  ])('%s', (_, text) => {
    expect(edited).toContain(text)
  })
})

describe('the search among them', () => {
  const lastly = { seed: 1, endsAt: Number.POSITIVE_INFINITY }

  test('finds a verifier that reads base64url leniently', async () => {
    const subject = await firstSubject()
    const lenient = faulty(subject, token => subject.verify(canonical(token)))
    await expect(searchEdits([lenient], lastly)).rejects.toThrow(/^accepted: something behind/)
  })

  test('finds a header that is read leniently', async () => {
    const subject = await firstSubject()
    const lenient = { ...subject, authenticate: (field: string) => subject.authenticate(field.replaceAll('=', '')) }
    await expect(searchEdits([lenient], lastly)).rejects.toThrow(/^accepted: .*in the header/)
  })

  test('finds an error of another kind, and shows how to see it again', async () => {
    const subject = await firstSubject()
    const crashing = faulty(subject, async token => JSON.parse(token))
    await expect(searchEdits([crashing], lastly)).rejects.toThrow(`token:  ${subject.token}\n  edited: "`)
  })

  test('finds a refusal that comes later than that of the signature', async () => {
    const subject = await firstSubject()
    const late = faulty(subject, async () => {
      throw await refusalOf(subject.authenticate(''))
    })
    await expect(searchEdits([late], lastly)).rejects.toThrow('answered by token_missing')
  })

  test('tries the few edits of every token first, however little time there is', async () => {
    const subject = await firstSubject()
    const blind = faulty(subject, token => subject.verify(token.split('.', 3).join('.')))
    await expect(searchEdits([subject, blind], { seed: 1, endsAt: 0 })).rejects.toThrow(/^accepted: doubled segment/)
  })

  test('says how many of all it has tried', async () => {
    const tried = await searchEdits([await firstSubject()], { seed: 1, endsAt: performance.now() + 50 })
    expect(tried).toMatch(/^\d+ of \d+ edits of 1 tokens refused/)
  })
})

async function firstSubject(): Promise<Subject> {
  const [subject] = await createSubjects()
  if (subject === undefined) throw new Error('there is no token to edit')
  return subject
}

function faulty(subject: Subject, verify: Subject['verify']): Subject {
  return { ...subject, verify }
}

/** What a lenient decoder reads of a token: whatever follows from its bytes alone. */
function canonical(token: string): string {
  return token
    .split('.')
    .map(segment => Buffer.from(segment, 'base64url').toString('base64url'))
    .join('.')
}
