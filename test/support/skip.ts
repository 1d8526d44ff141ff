/** Skips tests that cannot run here: prints the reason. With REQUIRE_SERVICES=1, as in CI, that is an error. */
export function skip(reason: string): false {
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(`${reason}, and REQUIRE_SERVICES=1`)
  process.stderr.write(`skipped: ${reason}\n`)
  return false
}

/** Skips what this version of Node cannot do, however it is set up: prints the reason. */
export function skipUnsupported(reason: string): false {
  process.stderr.write(`skipped: ${reason}\n`)
  return false
}
