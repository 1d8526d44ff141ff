export * from '../index.ts'
export { isForm, isJson } from '../request/media-type.ts'
export { AdapterManager, type Guard, type Outcomes, type PassedRequest } from './adapter-manager.ts'
export { type FrameworkParts, hasBody, nodeRequest, readQuery, readSetCookies } from './node.ts'
