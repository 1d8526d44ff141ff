/**
 * Turns environment variables into a configuration object: JSON where a value is JSON, else the text itself, which is
 * what Flask's `from_prefixed_env` does (`JWT_ACCESS_TOKEN_EXPIRES=900`, `JWT_TOKEN_LOCATION=["cookies"]`,
 * `JWT_COOKIE_SECURE=true`). Names that start neither with `JWT_` nor are `SECRET_KEY` are left out, and so are unset
 * ones. Keys stay text, whatever they look like.
 */
export function parseEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const ours = Object.entries(environment).filter(([name]) => name.startsWith('JWT_') || name === 'SECRET_KEY')
  return Object.fromEntries(
    ours.filter(([, value]) => value !== undefined).map(([name, value]) => [name, parse(name, value)]),
  )
}

function parse(name: string, value: string | undefined): unknown {
  if (value === undefined || name.endsWith('_KEY')) return value
  try {
    return JSON.parse(value)
  } catch {
    // Python writes True and False.
    return value === 'True' ? true : value === 'False' ? false : value
  }
}
