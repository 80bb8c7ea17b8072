import fc from 'fast-check'

/** How long a failure is made smaller, in milliseconds. */
const shrinkingTime = 20_000

/**
 * Runs a property over the same cases every time, so that a red run is about a change. PG_USHER_SEED tries others:
 * a number, or `seed:path` to replay one failure.
 */
export async function replayable<T>(
  arbitrary: fc.Arbitrary<T>,
  { numRuns }: { readonly numRuns: number },
  property: (value: T) => Promise<void>,
): Promise<void> {
  const [, seed, path] = /^(-?\d+)(?::(.+))?$/.exec(process.env['PG_USHER_SEED'] ?? '') ?? []
  let failedAt = 0
  const limited = fc.asyncProperty(arbitrary, async value => {
    // Shrinking ends where nothing smaller fails, and here when it has had its time.
    if (failedAt > 0 && performance.now() - failedAt > shrinkingTime) return
    await property(value).catch(error => {
      failedAt ||= performance.now()
      throw error
    })
  })
  const found = await fc.check(limited, {
    seed: seed === undefined ? 20_261_123 : Number(seed),
    numRuns,
    ...(path === undefined ? {} : { path, endOnFailure: true }),
  })
  if (!found.failed) return
  const { errorInstance, counterexamplePath, numShrinks } = found
  throw new Error(
    `After ${found.numRuns} cases and ${numShrinks} shrinks; replay with PG_USHER_SEED=${found.seed}:${counterexamplePath}\n${messageOf(errorInstance)}`,
  )
}

/** With what was expected and what was there, where it says so. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { actual, expected } = error as { actual?: unknown; expected?: unknown }
  return `${error.message}\n\nhere:\n${String(actual)}\n\nthe server:\n${String(expected)}`
}
