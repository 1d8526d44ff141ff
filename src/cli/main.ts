#!/usr/bin/env node
import { printSchema, schemaNames } from './commands/schema.ts'
import { createSecret } from './commands/secret.ts'

/** What a command prints. It throws a TypeError at arguments that are wrong. */
type Command = (args: readonly string[]) => string

const commands: Readonly<Record<string, Command>> = { secret: createSecret, schema: printSchema }

const usage = `Usage: jwt-extended secret
       jwt-extended schema ${schemaNames.join('|')} [--prefix NAME]

  secret   prints a new secret, good for HS256, HS384 and HS512
  schema   prints the tables of a store as SQL, with names that begin with NAME (default: jwt)
`

const [name = '', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command === undefined) refuse(usage)
else run(command)

function run(command: Command): void {
  try {
    process.stdout.write(`${command(args)}\n`)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    refuse(`${error.message}\n\n${usage}`)
  }
}

function refuse(message: string): void {
  process.stderr.write(message)
  process.exitCode = 2
}
