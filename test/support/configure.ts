import { type JwtOptions, type Loaders, type ResolvedOptions, resolveOptions } from '../../src/options.ts'

/** What every clock in these tests shows, in seconds since 1970. */
export const now = 1_800_000_000

/** 64 characters without any weakness: fit for HS256, HS384 and HS512. */
export const strongSecret = 'N4vXh9TqRw2LzBk7YpDs5JmGc8FuEa3Kx6WtQyVbHn1CrPoZiSgUjMfAdOleI0_-'

/** Another one, as an attacker or a rotation would have it. */
export const otherSecret = 'b7QzKp2XwVr9NcTf4GhLmYs8DjEa5RuBo3HiJx6ZtWkPyFqM1gCnUvSdAeOl0I-_'

/** Resolved options: HS256 with the strong secret, and a clock that stands still, unless told otherwise. */
export function configure(options: JwtOptions = {}): ResolvedOptions {
  return resolveOptions({ secretKey: strongSecret, clock: () => now * 1000, ...options })
}

/** One of the functions that an application may give as options. */
export type Loader<Name extends keyof Loaders<unknown, object>> = NonNullable<Loaders<unknown, object>[Name]>
