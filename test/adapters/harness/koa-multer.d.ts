/** What is used of `@koa/multer`, which has no types of its own. */
declare module '@koa/multer' {
  import type { Middleware } from 'koa'

  const multer: () => { none(): Middleware }
  export = multer
}
