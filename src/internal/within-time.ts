/**
 * What some work comes to, if it does so in time. It is not stopped: its result is no longer waited for.
 *
 * @throws Error after `timeoutMs` milliseconds
 */
export async function withinTime<Value>(work: Promise<Value>, timeoutMs: number, who: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${who} did not answer within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
