import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium, type RunningChromium, startChromium } from '../support/chromium.ts'
import { type Application, type ApplicationOptions, startApplication, type Visit } from './application.ts'
import {
  type AttackerName,
  type Attackers,
  askingPages,
  attackerNames,
  formPages,
  gettingPages,
  hiddenPages,
  leadingPages,
  startAttackers,
} from './attacks.ts'
import { Victim } from './victim.ts'

const chromium = findChromium()

let browser: RunningChromium
let attackers: Attackers
let victim: Victim

beforeAll(async () => {
  if (chromium === false) return
  ;[browser, attackers] = await Promise.all([startChromium(chromium), startAttackers()])
  victim = new Victim(browser.context, attackers)
}, 30_000)

afterAll(async () => {
  await browser?.close()
  await attackers?.close()
})

/** What happens in Chromium with an application, to which the victim has logged in. */
function describeIn(name: string, options: ApplicationOptions, tests: (running: () => Application) => void): void {
  // Now and then a tab of Chromium crashes, once in some hundred tests: then it is tried in another.
  describe.skipIf(chromium === false)(name, { timeout: 15_000, retry: 2 }, () => {
    let application: Application

    beforeAll(async () => {
      application = await startApplication(options)
      await victim.logIn(application)
    }, 30_000)

    afterAll(() => application?.close())

    tests(() => application)
  })
}

const namesOf = <Name extends string>(pages: Readonly<Record<Name, unknown>>): Name[] => Object.keys(pages) as Name[]

/** All of them where there is time, as in .ci/run; else some. */
function someOf<Name>(all: readonly Name[]): readonly Name[] {
  return process.env['BROWSER_TESTS'] === 'all' ? all : all.filter((_, index) => index % 12 === 0)
}

const posting = someOf([...namesOf(formPages), ...namesOf(hiddenPages)])

/** Of the same site, and of another: what they are is told apart by nothing but the site. */
const nearAndFar = ['a sibling host', 'another site'] as const

/** The same from each of these attackers. */
function fromEach(attackers: readonly AttackerName[], visit: Partial<Visit>): Record<string, unknown> {
  return Object.fromEntries(attackers.map(name => [name, expect.objectContaining(visit)]))
}

const bare = { byCookie: false, status: 401, code: 'token_missing' } as const
const foreign = { byCookie: true, status: 403, code: 'csrf_cross_site' } as const
const unproven = { byCookie: true, status: 401, code: 'csrf_missing' } as const

describeIn('as it is by default', { csrf: { checkForm: true } }, application => {
  // Another port and a sibling host are the same site, so SameSite=Lax sends the cookies; a sandbox is of no site.
  const [near, far] = [attackerNames.slice(0, 2), attackerNames.slice(2)]

  test.each(posting)('refuses %s of other origins, with the cookies from the same site', async attack => {
    const before = application().deeds
    const visits = await victim.lookAtEach(attack, nearAndFar, { csrf: await victim.leakCsrf() })
    expect(visits).toEqual({
      'a sibling host': expect.objectContaining({
        method: 'POST',
        ...(attack === 'a form in a sandbox' ? bare : foreign),
      }),
      'another site': expect.objectContaining({ method: 'POST', ...bare }),
    })
    expect(application().deeds).toBe(before)
  })

  test.each(['a form', 'a fetch without CORS'] as const)('refuses %s from wherever it comes', async attack => {
    const before = application().deeds
    const visits = await victim.lookAtEach(attack, attackerNames, { csrf: await victim.leakCsrf() })
    expect(visits).toEqual({ ...fromEach(near, foreign), ...fromEach(far, bare) })
    expect(application().deeds).toBe(before)
  })

  test('refuses a WebSocket of other origins', async () => {
    const visits = await victim.lookAtEach('a WebSocket', attackerNames, { path: '/' })
    expect(visits).toEqual({ ...fromEach(near, foreign), ...fromEach(far, bare) })
    expect(application().deeds).toBe(0)
  })

  test.each(['/refresh', '/logout'])('refuses a form for the ready handler at %s', async path => {
    expect(await victim.lookAt('a form', 'a sibling host', { path })).toMatchObject(foreign)
    expect(await victim.press('Do it by script')).toBe('/deed: ada')
  })

  test.each(someOf(namesOf(leadingPages)))('lets %s of another site show a page, and do nothing', async attack => {
    const before = application().deeds
    const visit = await victim.lookAt(attack, 'another site', { path: '/account' })
    expect(visit).toMatchObject({ method: 'GET', site: 'cross-site', byCookie: true, status: 200 })
    expect(await victim.lookAt(attack, 'another site', { path: '/deed' })).toMatchObject({ status: 404 })
    expect(await victim.lookAt(attack, 'another site', { path: '/logout' })).toMatchObject({ status: 405 })
    expect(application().deeds).toBe(before)
    expect(await victim.press('Do it by script')).toBe('/deed: ada')
  })
})

describeIn(
  'Fetch Metadata alone, where SameSite, CORS and a leaked CSRF value are of no help',
  { cookies: { sameSite: 'None' }, csrf: { checkForm: true }, corsOrigins: 'all' },
  application => {
    test.each([...posting, 'a fetch with the header'] as const)('refuses %s of other origins', async attack => {
      const visits = await victim.lookAtEach(attack, nearAndFar, { csrf: await victim.leakCsrf() })
      expect(visits).toEqual(fromEach(nearAndFar, { method: 'POST', ...foreign }))
      expect(application().deeds).toBe(0)
    })

    test('refuses a WebSocket of other origins', async () => {
      const visits = await victim.lookAtEach('a WebSocket', attackerNames, { path: '/' })
      expect(visits).toEqual(fromEach(attackerNames, foreign))
      expect(application().deeds).toBe(0)
    })
  },
)

describeIn(
  'the CSRF value alone, where SameSite and Fetch Metadata are of no help',
  { cookies: { sameSite: 'None' }, csrf: { checkForm: true, fetchMetadata: false } },
  application => {
    test.each(posting)('refuses %s of other origins', async attack => {
      const visits = await victim.lookAtEach(attack, nearAndFar)
      expect(visits).toEqual(fromEach(nearAndFar, { method: 'POST', ...unproven }))
      expect(application().deeds).toBe(0)
    })

    test('refuses a form with the value of somebody else', async () => {
      const csrf = await application().jwt.getCsrfToken(await application().jwt.createAccessToken('mallory'))
      const visits = await victim.lookAtEach('a form', attackerNames, { csrf })
      expect(visits).toEqual(fromEach(attackerNames, { byCookie: true, status: 401, code: 'csrf_mismatch' }))
      expect(application().deeds).toBe(0)
    })

    test('is what refuses them: with it a form acts', async () => {
      const visits = await victim.lookAtEach('a form', attackerNames, { csrf: await victim.leakCsrf() })
      expect(visits).toEqual(fromEach(attackerNames, { byCookie: true, status: 200 }))
      expect(application().deeds).toBe(attackerNames.length)
    })
  },
)

describeIn('without any protection', { cookies: { sameSite: 'None' }, csrf: false }, application => {
  test.each(posting)('%s of another origin acts, so that there is something to refuse', async attack => {
    const before = application().deeds
    const visit = await victim.lookAt(attack, 'another site')
    expect(visit).toMatchObject({ method: 'POST', byCookie: true, status: 200 })
    expect(application().deeds).toBe(before + 1)
  })

  test('a WebSocket of another origin opens', async () => {
    const [visit, shown] = await victim.waitFor('a WebSocket', 'another site', { path: '/' })
    expect([visit.status, shown]).toEqual([101, 'open'])
  })

  test.each(someOf(namesOf(askingPages)))(
    '%s is refused by the browser itself, unless CORS allows it',
    async attack => {
      const before = application().deeds
      const [visit, shown] = await victim.waitFor(attack, 'a sibling host')
      expect([visit.method, visit.byCookie, shown]).toEqual(['OPTIONS', false, 'TypeError'])
      expect(application().deeds).toBe(before)
    },
  )

  test.each(someOf(namesOf(gettingPages)))('%s reads nothing of a page, and ends no session', async attack => {
    const before = application().deeds
    const [visit, shown] = await victim.waitFor(attack, 'another site', { path: '/account' })
    expect(visit).toMatchObject({ method: 'GET', byCookie: true, status: 200 })
    expect(shown).toMatch(/^(closed|TypeError|read:)$/)
    const logout = await victim.lookAt(attack, 'another site', { path: '/logout' })
    expect(logout).toMatchObject({ method: 'GET', byCookie: true, status: 405 })
    expect(application().deeds).toBe(before)
    expect(await victim.press('Do it by script')).toBe('/deed: ada')
  })
})

describeIn('cookies without SameSite', { cookies: { sameSite: false } }, application => {
  // Chromium sends such a cookie for two minutes with what it would not send a Lax one with: a POST that leads there.
  test.each(someOf(namesOf(formPages)))('come with %s of another site, which is refused', async attack => {
    expect(await victim.lookAt(attack, 'another site')).toMatchObject(foreign)
    expect(application().deeds).toBe(0)
  })
})

describeIn('the own page', { csrf: { checkForm: true } }, application => {
  test('acts by script, by form and by multipart form', async () => {
    expect(await victim.press('Do it by script')).toBe('/deed: ada')
    for (const button of ['Do it by form', 'Do it by multipart form']) await submitForm(button)
    expect(application().deeds).toBe(3)
  })

  test('acts after a refresh, with the new value', async () => {
    const [before, old] = [application().deeds, await victim.leakCsrf()]
    expect(await victim.press('Refresh')).toBe('/refresh: 200')
    expect(await victim.leakCsrf()).not.toBe(old)
    expect(await victim.press('Do it by script')).toBe('/deed: ada')
    await (await victim.ownPage()).reload()
    await submitForm('Do it by form')
    expect(application().deeds).toBe(before + 2)
  })

  test('cannot act without the value', async () => {
    const before = application().deeds
    await (await victim.ownPage()).evaluate("document.cookie = 'csrf_access_token=; Max-Age=0; Path=/; Secure'")
    expect(await victim.press('Do it by script')).toBe('/deed: csrf_mismatch')
    expect(application().deeds).toBe(before)
  })

  test('logs out', async () => {
    expect(await victim.press('Refresh')).toBe('/refresh: 200')
    expect(await victim.press('Log out')).toBe('/logout: 200')
    expect(await victim.press('Do it by script')).toBe('/deed: token_missing')
  })
})

/** A script of another page of the same site: an access token of the attacker's own, for the victim to send. */
async function plantCookie(
  application: Application,
  name: string,
  attributes = 'Domain=app.test; Path=/deed',
): Promise<void> {
  const token = await application.jwt.createAccessToken('mallory')
  await victim.letWrite(`${name}=${token}; ${attributes}; Secure`, 'a sibling host')
}

describeIn('a cookie that a sibling host has planted', {}, application => {
  test('is refused beside the real one', async () => {
    await plantCookie(application(), 'access_token_cookie')
    expect(await victim.press('Do it by script')).toBe('/deed: duplicate_value')
    expect(application().deeds).toBe(0)
  })
})

describeIn('with __Host-', { cookies: { prefix: '__Host-' } }, application => {
  const name = '__Host-access_token_cookie'

  test.each([
    [name, undefined],
    [`=${name}`, undefined],
    [name.toLowerCase(), undefined],
    [name, 'Path=/'],
  ])('no sibling host plants a cookie (%s; %s)', async (planted, attributes) => {
    const before = application().deeds
    await plantCookie(application(), planted, attributes)
    expect(await victim.press('Do it by script')).toBe('/deed: ada')
    expect(application().deeds).toBe(before + 1)
  })

  test('the own page acts after a refresh, too', async () => {
    expect(await victim.press('Refresh')).toBe('/refresh: 200')
    expect(await victim.press('Do it by script')).toBe('/deed: ada')
  })

  test('pages of other origins do not', async () => {
    const before = application().deeds
    expect(await victim.lookAt('a fetch without CORS', 'a sibling host')).toMatchObject(foreign)
    expect(application().deeds).toBe(before)
  })
})

describe.skipIf(chromium === false)('an origin in trustedOrigins', () => {
  let trusting: Application

  beforeAll(async () => {
    const trusted = [attackers.origins['another site']]
    trusting = await startApplication({
      cookies: { sameSite: 'None' },
      csrf: { checkForm: true, trustedOrigins: trusted },
      corsOrigins: trusted,
    })
    await victim.logIn(trusting)
  }, 30_000)

  afterAll(() => trusting?.close())

  test.each(['a form', 'a fetch with the header', 'a fetch with CORS'] as const)(
    'acts by %s with the value, and no other origin does',
    async attack => {
      const before = trusting.deeds
      const target = { csrf: await victim.leakCsrf() }
      expect(await victim.lookAt(attack, 'another site', target)).toMatchObject({ site: 'cross-site', status: 200 })
      expect(await victim.lookAt('a form', 'a sibling host', target)).toMatchObject(foreign)
      expect(trusting.deeds).toBe(before + 1)
    },
  )

  test('cannot act without the value', async () => {
    const before = trusting.deeds
    expect(await victim.lookAt('a form', 'another site')).toMatchObject(unproven)
    expect(trusting.deeds).toBe(before)
  })

  test('may open a WebSocket', async () => {
    const [visit, shown] = await victim.waitFor('a WebSocket', 'another site', { path: '/' })
    expect([visit.status, shown]).toEqual([101, 'open'])
  })
})

describeIn(
  'over plain http, where browsers send no Sec-Fetch-Site',
  { protocol: 'http', cookies: { secure: false }, csrf: { checkForm: true } },
  application => {
    test('the own page acts: Origin is that of the server', async () => {
      expect(await victim.press('Do it by script')).toBe('/deed: ada')
      await submitForm('Do it by form')
      expect(application().deeds).toBe(2)
    })

    test.each(someOf([...namesOf(formPages), 'a fetch without CORS', 'a beacon'] as const))(
      'refuses %s of another port by its Origin',
      async attack => {
        const before = application().deeds
        const visit = await victim.lookAt(attack, 'the same host over http', { csrf: await victim.leakCsrf() })
        expect(visit).toMatchObject({ method: 'POST', site: undefined, ...foreign })
        expect(application().deeds).toBe(before)
      },
    )
  },
)

/** Submits a form of the own page, and goes back to it. */
async function submitForm(button: string): Promise<void> {
  const page = await victim.ownPage()
  await page.getByRole('button', { name: button, exact: true }).click()
  await page.waitForURL('**/deed')
  expect(await page.textContent('body')).toBe('{"done_by":"ada"}')
  await page.goto(page.url().replace('/deed', '/account'))
}
