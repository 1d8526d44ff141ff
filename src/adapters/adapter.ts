export * from '../index.ts'
export { isForm, isJson } from '../request/media-type.ts'
export {
  AdapterManager,
  type Guard,
  type Outcomes,
  type PassedRequest,
  type Respond,
  type SessionHandlers,
} from './adapter-manager.ts'
export { beforeHeaders } from './before-headers.ts'
export { type FrameworkParts, hasBody, nodeRequest, parsedBody, readSetCookies } from './node.ts'
export { type BodyParsers, readBody } from './read-body.ts'
export { readQuery } from './read-query.ts'
