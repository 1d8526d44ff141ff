import { HttpException } from '@nestjs/common'
import type { JwtError } from '../../errors.ts'

/**
 * A refused request as Nest knows it: an `HttpException` with the status and the body of the answer, so that filters
 * of the application that know no more answer it rightly, too. `JwtGuard` throws it unless the option `errors` says
 * `'throw'`.
 */
export class JwtException extends HttpException {
  /** The refusal: its code, its headers, its cause. */
  readonly error: JwtError
  /** What the client of a GraphQL API sees next to the message. */
  readonly extensions: { readonly code: string }

  constructor(error: JwtError) {
    super(error.body as Record<string, unknown>, error.status, { cause: error })
    this.error = error
    this.message = error.message
    this.extensions = { code: error.code }
  }
}
