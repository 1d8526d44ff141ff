import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import { JwtError } from '../../errors.ts'
import { JwtException } from './jwt-exception.ts'

/**
 * Answers a refused request, and a `JwtError` that a handler throws, with the status, the headers and the body that it
 * carries. `JwtModule` registers one for the whole application, unless the option `errors` says `'throw'`. Outside of
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

const left = new WeakSet<JwtError>()

/** Keeps an error from the filters of all modules, for one that answers may stand beside the module that does not. */
export function leaveToApplication(error: JwtError): void {
  left.add(error)
}

// A filter cannot pass an exception on to another one, so it must not be chosen: Nest does that by `instanceof`.
// biome-ignore lint/complexity/noStaticOnlyClass: `instanceof` needs a class
class Answered {
  static [Symbol.hasInstance](exception: unknown): boolean {
    return exception instanceof JwtException || (exception instanceof JwtError && !left.has(exception))
  }
}

/** The filter that `JwtModule` registers. */
export class ModuleFilter extends JwtExceptionFilter {}
Catch(Answered)(ModuleFilter)

/** Stands where a filter must be and catches nothing. */
export class IdleFilter implements ExceptionFilter<never> {
  catch(exception: never): void {
    throw exception
  }
}

class NeverThrown {}
Catch(NeverThrown)(IdleFilter)
