import { type Moment, moments, type Passed, type Place } from '../support/fault-proxy.ts'
import { isCi } from '../support/requires.ts'
import type { Major } from '../support/server.ts'

/** How many places are tried where not all are: with CI=true on an older version, or of a kin of what is tried at all. */
const some = { older: 4, kin: 10 }

/**
 * The places of what has passed that are tried: with CI=true all of them on 18, or a spread of them; else one.
 * PG_USHER_PLACE=17:before tries that one.
 */
export function placesOf(
  { statements, answered }: Passed,
  major: Major,
  {
    of = moments,
    all: isAll = true,
    between,
  }: {
    readonly of?: readonly Moment[]
    readonly all?: boolean
    /** The statements after the first of these numbers, up to the second. */
    readonly between?: readonly [number, number]
  } = {},
): readonly Place[] {
  const [boundary, moment] = process.env['PG_USHER_PLACE']?.split(':') ?? []
  if (boundary !== undefined)
    return [{ boundary: Number(boundary), moment: moment === 'answered' ? 'answered' : 'before' }]
  const [from, to] = between ?? [0, statements]
  const all = Array.from({ length: to - from }, (_, index) => from + index + 1).flatMap(boundary =>
    of
      // Where nobody hears of the answer, it is the same as before the next one.
      .filter(each => each === 'before' || answered.includes(boundary))
      .map(each => ({ boundary, moment: each })),
  )
  if (isCi() && major === 18 && isAll) return all
  const count = isCi() ? Math.min(all.length, major === 18 ? some.kin : some.older) : 1
  const step = all.length / count
  // Odd steps meet both moments in turn.
  return Array.from({ length: count }, (_, index) => all[Math.floor((index + 0.5) * step)]).filter(
    place => place !== undefined,
  )
}

/**
 * Tries each of the places, to the end, whatever goes wrong at one of them. Runs differ by a statement or two, so
 * that the last place may not be reached; more must not be missed.
 * @param tryOne gives whether the place was reached
 * @param cleanUp after each, also where it failed
 * @throws Error that names the places at which it failed, with how to try one alone
 */
export async function atEach(
  places: readonly Place[],
  tryOne: (place: Place, number: number) => Promise<boolean>,
  cleanUp: () => Promise<void>,
): Promise<void> {
  let missed = 0
  const failures: { readonly place: string; readonly error: unknown }[] = []
  for (const [number, place] of places.entries()) {
    try {
      if (!(await tryOne(place, number))) missed += 1
    } catch (error) {
      failures.push({ place: `${place.boundary}:${place.moment}`, error })
    } finally {
      await cleanUp()
    }
  }
  const [first] = failures
  if (first === undefined) {
    if (missed > Math.max(0, places.length * 0.05))
      throw new Error(`${missed} of ${places.length} places were not reached`)
    return
  }
  throw new Error(
    `${failures.length} of ${places.length} places failed: ${failures.map(({ place }) => place).join(' ')}
Try one with CI=true PG_USHER_PLACE=${first.place}. At that one: ${first.error instanceof Error ? first.error.message : first.error}`,
    { cause: first.error },
  )
}
