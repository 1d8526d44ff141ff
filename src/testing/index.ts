export { type TestRunner, testAdapter } from './adapter-contract.ts'
export {
  type AdapterHarness,
  bindTools,
  type ContractRoute,
  type HandlerTools,
  type RunningApplication,
} from './harness.ts'
