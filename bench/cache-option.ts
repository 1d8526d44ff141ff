/** How many verified tokens are remembered where a cache is measured: by us and by those whom we are compared with. */
export const cacheSize = 4000

/** The option that turns the cache on or off. */
export function withCache(max: number | false): { readonly verifiedTokenCache: false | { readonly max: number } } {
  return { verifiedTokenCache: max === false ? false : { max } }
}
