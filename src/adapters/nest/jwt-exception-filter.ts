import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import { JwtError } from '../../errors.ts'
import { JwtException } from './jwt-exception.ts'

/**
 * Answers a refused request, and a `JwtError` that a handler throws, with the status, the headers and the body that it
 * carries. `JwtModule` registers it for the whole application, unless the option `errors` says `'throw'`. Outside of
 * HTTP there is no response: the error goes on to the transport.
 */
export class JwtExceptionFilter implements ExceptionFilter<JwtError | JwtException> {
  readonly #host: HttpAdapterHost

  constructor(host: HttpAdapterHost) {
    this.#host = host
  }

  catch(exception: JwtError | JwtException, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw exception
    const { httpAdapter } = this.#host
    const { status, headers, body } = exception instanceof JwtException ? exception.error : exception
    const response: unknown = host.switchToHttp().getResponse()
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response)
      return
    }
    const type = { 'content-type': 'application/json; charset=utf-8' }
    for (const [name, value] of Object.entries({ ...type, ...headers })) httpAdapter.setHeader(response, name, value)
    // As text, for Nest would send a body that is no object as plain text.
    httpAdapter.reply(response, JSON.stringify(body), status)
  }
}

Catch(JwtError, JwtException)(JwtExceptionFilter)
Inject(HttpAdapterHost)(JwtExceptionFilter, undefined, 0)

/** Stands where a filter must be and catches nothing. */
export class IdleFilter implements ExceptionFilter<never> {
  catch(exception: never): void {
    throw exception
  }
}

class NeverThrown {}
Catch(NeverThrown)(IdleFilter)
