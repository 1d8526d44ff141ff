import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import { findOnPath } from './programs.ts'
import { skip } from './skip.ts'

/** The file of Chromium. Where it is nowhere, tests are to be skipped, as `skip()` says. */
export function findChromium(): string | false {
  return findOnPath('chromium') ?? skip('chromium cannot be found on the PATH')
}

export interface RunningChromium {
  readonly context: BrowserContext
  /** Ends it, and removes its profile. */
  close(): Promise<void>
}

// Without it, or in an incognito window, this browser sends no cookies to another site than that of the page.
const preferences = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } }

/**
 * Starts Chromium without a window and with a new profile. Every host below `.test` is 127.0.0.1, there is no other, and
 * no certificate is looked at.
 */
export async function startChromium(executablePath: string): Promise<RunningChromium> {
  const profile = await mkdtemp(join(tmpdir(), 'chromium-'))
  await mkdir(join(profile, 'Default'))
  await writeFile(join(profile, 'Default/Preferences'), JSON.stringify(preferences))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    ignoreHTTPSErrors: true,
    // What is drawn without a graphics card takes time.
    viewport: { width: 400, height: 300 },
    args: [
      '--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND',
      '--disable-gpu',
      '--disable-quic',
      '--disable-sync',
    ],
  })
  return {
    context,
    close: async () => {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}
