import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

/** The secret of the environment, or one that is made at the first start, so that sessions survive the next. */
export function readSecret(folder: string): string {
  const { JWT_SECRET_KEY: configured } = process.env
  // An empty variable is a mistake, not a wish for a random secret: it is passed on and refused.
  if (configured !== undefined) return configured
  const file = `${folder}/secret`
  console.log(`JWT_SECRET_KEY is not set: using the secret in ${file}`)
  try {
    // Readable by its owner alone, and never written twice.
    writeFileSync(file, randomBytes(64).toString('base64url'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(file, 'utf8')
}
