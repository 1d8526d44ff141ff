export { type TestRunner, testAdapter } from './adapter-contract.ts'
export { type TestCookiesOptions, type TestCredentials, type TestHeaders, testCredentials } from './credentials.ts'
export { type FixedClock, fixedClock, type PointInTime } from './fixed-clock.ts'
export {
  type AdapterHarness,
  bindTools,
  type ContractRoute,
  type HandlerTools,
  type ReadyRoute,
  type RunningApplication,
} from './harness.ts'
export { type OpenStore, type StoreHarness, testStore } from './store-contract.ts'
export type { TestTokenOptions } from './test-token.ts'
