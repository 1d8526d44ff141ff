import type { IncomingMessage } from 'node:http'
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import type { RegisteredContext, RegisteredRequestContext } from '../context.ts'
import { type JwtAnswer, JwtError } from '../errors.ts'
import type { JwtRequest } from '../request/request.ts'
import type { Requirements } from '../request/requirements.ts'
import { AdapterManager, type Respond } from './adapter-manager.ts'
import { beforeHeaders } from './before-headers.ts'
import { bareRequest, nodeRequest, parsedBody } from './node.ts'

export * from '../index.ts'

declare global {
  namespace Express {
    interface Request {
      /** Who is asking: behind `required()` alone, and undefined elsewhere. Typed by `Register`. */
      jwt: RegisteredRequestContext
    }
  }
}

/**
 * JWT authentication for Express 5. Bodies are read by `express.json()` and the like, mounted before. `authenticate()`
 * takes a bare request of `node:http`, too: that of a WebSocket upgrade.
 */
export class JwtManager<User = never, Extra extends object = object> extends AdapterManager<
  User,
  Extra,
  Request | IncomingMessage,
  Response,
  RequestHandler
> {
  /**
   * Protects the routes behind it: `req.jwt` and `current()` tell there who is asking.
   *
   * @throws TypeError at requirements that are wrong
   */
  required(requirements: Requirements = {}): RequestHandler {
    const guard = this.guard(requirements)
    return (req, res, next) =>
      guard<void>(req, {
        refuse: error => answer(error, res),
        pass: passed => {
          if (passed === undefined) return next()
          req.jwt = passed.context as RegisteredContext
          if (passed.renewedCookies.length > 0)
            beforeHeaders(res, present => this.addRenewedCookies(res, passed.renewedCookies, present))
          this.runWith(passed.context, next)
        },
      })
  }

  /** Answers a `JwtError` that a handler of the application throws, as `required()` answers its own. Mount it last. */
  errorHandler(): ErrorRequestHandler {
    return (error, _req, res, next) => {
      if (error instanceof JwtError && !res.headersSent) answer(error, res)
      else next(error)
    }
  }

  protected override toHandler(respond: Respond<Request>): RequestHandler {
    return async (req, res) => {
      const { cookies, ...refusal } = await respond(req)
      this.writeCookies(res, cookies)
      answer(refusal, res)
    }
  }

  protected override appendCookies(res: Response, cookies: readonly string[]): void {
    res.append('Set-Cookie', [...cookies])
  }

  protected override readRequest(req: Request | IncomingMessage): JwtRequest {
    if (!('protocol' in req)) return bareRequest(req)
    return nodeRequest(req, {
      protocol: () => req.protocol,
      ip: () => req.ip,
      body: () => parsedBody(req, req.body, () => this.warn(unparsedBody)),
    })
  }
}

const unparsedBody = 'req.body is undefined: mount express.json() (or express.urlencoded()) before required()'

function answer({ status, headers, body }: JwtAnswer, res: Response): void {
  res.status(status).set(headers).json(body)
}
