import type { AttackCase } from './corpus.ts'
import { Scenario, UnknownStep } from './scenario.ts'
import type { Attack } from './verify-layers.ts'

/** The layer `scenario`: sessions on a store, step by step. All steps as written: accepted. */
export function prepareScenario({ steps = [] }: AttackCase): Attack {
  return async () => {
    if (steps.length === 0) return { outcome: 'fault', reason: 'the scenario has no steps' }
    const scenario = new Scenario()
    for (const step of steps) {
      try {
        await scenario.take(step)
      } catch (error) {
        if (error instanceof UnknownStep) return { outcome: 'fault', reason: error.message }
        if (!(error instanceof Error)) throw error
        return { outcome: 'reject', code: `at the step "${step}": ${error.message}`, kinds: [] }
      }
    }
    return { outcome: 'scenario' }
  }
}
