import { checkModel } from '../sessions/model/check-model.ts'
import { withEachStore } from '../stores/harness/index.ts'

/** Random interleavings of all that concerns sessions, against a model. MODEL_SEED repeats the runs of a seed. */
export async function run(): Promise<void> {
  const seed = Number(process.env['MODEL_SEED'] ?? Date.now() % 2 ** 31)
  process.stdout.write(`the model, with MODEL_SEED=${seed}\n`)
  await withEachStore(async ({ name, family, harness }) => {
    const runs = family.name === 'memory' ? 10_000 : 500
    const start = performance.now()
    const steps = await checkModel(harness, { runs, seed })
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    process.stdout.write(`${name}: ${runs} runs of ${steps} steps as the model says, ${seconds} s\n`)
  })
}
