import { randomUUID } from 'node:crypto'
import type { BrowserContext, Page } from 'playwright-core'
import type { Application, Visit } from './application.ts'
import { type Attack, type AttackerName, type Attackers, isLeaving } from './attacks.ts'

/** What an attack aims at: a path of the application, and a CSRF value, where the attacker has one. */
export interface Target {
  /** @default '/deed' */
  readonly path?: string
  /** @default '' */
  readonly csrf?: string
}

/** Somebody who logs in to an application, and then looks at pages of attackers with the same browser. */
export class Victim {
  readonly #context: BrowserContext
  readonly #attackers: Attackers
  readonly #pages = new Map<string, Page>()
  #application: Application | undefined

  constructor(context: BrowserContext, attackers: Attackers) {
    this.#context = context
    this.#attackers = attackers
  }

  /** Forgets all cookies, and logs in. */
  async logIn(application: Application): Promise<void> {
    this.#application = application
    await this.#context.clearCookies()
    const page = await this.ownPage()
    await page.goto(application.origin)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.waitForURL('**/account')
  }

  /** The page of the application itself. */
  ownPage(): Promise<Page> {
    return this.#tab('own')
  }

  /** Presses a button of the application's own page, and returns what that shows. */
  async press(name: string): Promise<string | null> {
    const page = await this.ownPage()
    const output = page.locator('output')
    // A tab behind others is drawn once in a while, and nothing can be pressed until then.
    await page.bringToFront()
    await page.evaluate("document.querySelector('output').textContent = ''")
    await page.getByRole('button', { name, exact: true }).click()
    await output.filter({ hasText: /./ }).waitFor()
    return output.textContent()
  }

  /** Looks at the page of one attacker: what reached the application because of it. */
  async lookAt(attack: Attack, attacker: AttackerName, target: Target = {}): Promise<Visit> {
    const visitor = randomUUID()
    const page = await this.#show(attack, attacker, visitor, target)
    const visit = await this.#running.visitOf(visitor)
    // A page that is on its way somewhere cannot be sent elsewhere.
    if (isLeaving(attack)) await page.waitForURL(url => url.origin === this.#running.origin, { waitUntil: 'commit' })
    return visit
  }

  /** Looks at the same page of several attackers. */
  async lookAtEach<Name extends AttackerName>(
    attack: Attack,
    attackers: readonly Name[],
    target: Target = {},
  ): Promise<Record<Name, Visit>> {
    const visits = attackers.map(async name => [name, await this.lookAt(attack, name, target)] as const)
    return Object.fromEntries(await Promise.all(visits)) as Record<Name, Visit>
  }

  /** Looks at the page of one attacker until that has seen what comes of it: what it shows as its title then. */
  async waitFor(attack: Attack, attacker: AttackerName, target: Target = {}): Promise<readonly [Visit, string]> {
    const visitor = randomUUID()
    const page = await this.#show(attack, attacker, visitor, target)
    await page.waitForFunction('document.title')
    return [await this.#running.visitOf(visitor), await page.title()]
  }

  /** The value of the CSRF cookie. */
  async leakCsrf(): Promise<string> {
    const cookies = await this.#context.cookies(this.#running.origin)
    return cookies.find(({ name }) => name.endsWith('csrf_access_token'))?.value ?? ''
  }

  /** Lets a script on the page of an attacker write a cookie. */
  async letWrite(cookie: string, attacker: AttackerName): Promise<void> {
    const page = await this.#tab(attacker)
    await page.goto(this.#attackers.origins[attacker])
    await page.evaluate(`document.cookie = ${JSON.stringify(cookie)}`)
  }

  async #show(attack: Attack, attacker: AttackerName, visitor: string, target: Target): Promise<Page> {
    const { path = '/deed', csrf = '' } = target
    const page = await this.#tab(attacker)
    const aim = { target: `${this.#running.origin}${path}?visitor=${visitor}`, csrf }
    await page.goto(this.#attackers.urlOf(attack, this.#attackers.origins[attacker], aim), { waitUntil: 'commit' })
    return page
  }

  // One for each of them, for good: to open one takes longer than an attack.
  async #tab(name: string): Promise<Page> {
    const open = this.#pages.get(name)
    if (open !== undefined) return open
    const page = await this.#context.newPage()
    this.#pages.set(name, page)
    // Chromium's own mishap: whoever tries again gets another.
    page.on('crash', () => this.#pages.delete(name))
    return page
  }

  get #running(): Application {
    if (this.#application === undefined) throw new Error('nobody has logged in yet')
    return this.#application
  }
}
