/** What the tables and functions of a store are called, and where they are. */
export interface PostgresSchemaOptions {
  /**
   * What the names of the tables and functions begin with: `jwt_sessions`, `jwt_rotate_session`, ... Letters, digits and
   * `_`, at most 41.
   *
   * @default 'jwt'
   */
  readonly prefix?: string
  /**
   * The schema that they are in. `migrate()` creates it where it is missing. Any name that Postgres takes: it is quoted.
   *
   * @default 'public'
   */
  readonly schema?: string
}

/** Quoted names, ready for SQL. */
export interface PostgresNames {
  readonly schema: string
  readonly sessions: string
  readonly entries: string
  /** The name of an index: it is always in the schema of its table. */
  index(suffix: string): string
  function(suffix: string): string
}

/** @throws TypeError at a prefix or schema that cannot be a name in Postgres */
export function resolvePostgresNames({ prefix = 'jwt', schema = 'public' }: PostgresSchemaOptions): PostgresNames {
  checkPrefix(prefix)
  checkSchema(schema)
  const inSchema = (suffix: string): string => `${quoteIdentifier(schema)}.${quoteIdentifier(`${prefix}_${suffix}`)}`
  return {
    schema: quoteIdentifier(schema),
    sessions: inSchema('sessions'),
    entries: inSchema('entries'),
    index: suffix => quoteIdentifier(`${prefix}_${suffix}`),
    function: inSchema,
  }
}

export function quoteLiteral(text: string): string {
  // A backslash means itself only in some configurations of the server, but always does where it is doubled after an E.
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return text.includes('\\') ? `E${quoted}` : quoted
}

/** Quotes the body of a function, whatever names are in it. */
export function quoteBody(text: string): string {
  let tag = '$jwt$'
  for (let count = 1; text.includes(tag); count++) tag = `$jwt_${count}$`
  return `${tag}${text}${tag}`
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function checkPrefix(prefix: unknown): void {
  if (typeof prefix === 'string' && /^[a-z_][a-z0-9_]{0,40}$/i.test(prefix)) return
  throw new TypeError('prefix must be 1 to 41 letters, digits and "_", and begin with no digit; such as: jwt')
}

function checkSchema(schema: unknown): void {
  // Postgres shortens longer names by itself: two schemas could turn out to be one.
  if (typeof schema === 'string' && /^[^\0]+$/.test(schema) && Buffer.byteLength(schema) <= 63) return
  throw new TypeError('schema must be the name of a Postgres schema, 1 to 63 bytes; such as: public')
}
