import { parseArgs } from 'node:util'
import { postgresSchema } from '../../stores/postgres-schema.ts'
import { sqliteSchema } from '../../stores/sqlite-schema.ts'

/** The databases whose stores have tables. */
const schemas: Readonly<Record<string, (options: { readonly prefix?: string }) => string>> = {
  postgres: postgresSchema,
  sqlite: sqliteSchema,
}

export const schemaNames: readonly string[] = Object.keys(schemas)

/**
 * The schema of a store as SQL, for those who run their own migrations.
 *
 * @throws TypeError at arguments that are wrong
 */
export function printSchema(args: readonly string[]): string {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { prefix: { type: 'string' } },
    allowPositionals: true,
  })
  const [name = '', ...rest] = positionals
  const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined
  if (schema === undefined || rest.length > 0)
    throw new TypeError(
      `There is no schema ${JSON.stringify(positionals.join(' '))}; expected ${schemaNames.join(' or ')}`,
    )
  return schema(values).trimEnd()
}
