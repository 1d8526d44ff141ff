/** Starts tasks in order, at most `limit` at a time: one promise for each, to be awaited where it is needed. */
export function runBounded<Result>(tasks: readonly (() => Promise<Result>)[], limit: number): Promise<Result>[] {
  const running: Promise<unknown>[] = []
  return tasks.map((task, index) => {
    const turn = running[index - limit] ?? Promise.resolve()
    const result = turn.then(task)
    // Whether it fails is for those who await it; the next one starts all the same.
    running.push(result.catch(() => undefined))
    return result
  })
}
