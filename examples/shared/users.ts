/** Stands for the application's own user table. A real one holds hashes of passwords, never passwords. */
const passwords: ReadonlyMap<string, string> = new Map([
  ['test', 'test'],
  ['testuser', 'testpass'],
])

export function isPasswordRight(username: unknown, password: unknown): username is string {
  return typeof username === 'string' && typeof password === 'string' && passwords.get(username) === password
}
