import type { JwtAnswer } from '../errors.ts'
import type { GuardedReply } from './fastify-types.ts'
import { serializeBody } from './node.ts'

/** An answer that is ready to be sent. */
export class ReadyAnswer {
  readonly #error: JwtAnswer
  readonly #text: string | undefined

  /** @throws TypeError where the application's own answer is no JSON */
  constructor(error: JwtAnswer) {
    this.#error = error
    this.#text = serializeBody(error)
  }

  // As text, for a response schema of the route would drop members that it does not know.
  send(reply: GuardedReply): void {
    reply.code(this.#error.status)
    if (this.#text !== undefined) reply.type('application/json; charset=utf-8')
    reply.headers({ ...this.#error.headers })
    reply.send(this.#text)
  }
}
