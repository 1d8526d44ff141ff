import { isForm, isJson } from '../request/media-type.ts'
import type { JwtRequest } from '../request/request.ts'

/** How a framework on `fetch` parses the body of a request. */
export interface BodyParsers {
  json(): Promise<unknown>
  form(): Promise<unknown>
}

/** The body of a request, parsed as what it says it is. What cannot be parsed has no token in it. */
export async function readBody(request: JwtRequest, { json, form }: BodyParsers): Promise<unknown> {
  try {
    if (isJson(request)) return await json()
    return isForm(request) ? await form() : undefined
  } catch {
    return undefined
  }
}
