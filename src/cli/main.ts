#!/usr/bin/env node
import { createSecret } from './commands/secret.ts'

const commands: Readonly<Record<string, () => string>> = { secret: createSecret }

const usage = `Usage: jwt-extended secret

  secret   prints a new secret, good for HS256, HS384 and HS512
`

const [name = ''] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command === undefined) {
  process.stderr.write(usage)
  process.exitCode = 2
} else {
  process.stdout.write(`${command()}\n`)
}
