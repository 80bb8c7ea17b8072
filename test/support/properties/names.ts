import fc from 'fast-check'
import { hostileNames } from '../hostile-names.ts'

/** A name before it is known which others stand beside it: one of its own, or one that looks like another. */
export type NameSeed =
  | { readonly own: string }
  /** Like the name so many places before, with a twist. */
  | { readonly like: number; readonly twist: Twist }

type Twist = keyof typeof twists

const twists = {
  longer: (name: string) => `${name}x`,
  space: (name: string) => `${name} `,
  upper: (name: string) => name.toUpperCase(),
  wildcard: (name: string) => name.replaceAll(/[_ ]/g, '%'),
  quoted: (name: string) => `"${name}"`,
  // Looks the same in most fonts: U+0430 for a.
  cyrillic: (name: string) => name.replaceAll('a', '\u0430'),
}

/** Names that PostgreSQL takes for anything: hostile ones, any text, look-alikes. */
export const nameSeed: fc.Arbitrary<NameSeed> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'album', 'album_2', 'Album').map(own => ({ own })) },
  { weight: 5, arbitrary: fc.constantFrom(...hostileNames).map(own => ({ own })) },
  {
    weight: 2,
    arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 24 }).map(own => ({ own })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      like: fc.nat(9),
      twist: fc.constantFrom(...(Object.keys(twists) as Twist[])),
    }),
  },
)

/**
 * Names in place of the seeds, each other than all before and than those taken, at most 63 bytes.
 * @param allowed what such a name must satisfy beside that
 */
export function distinctNames(
  seeds: readonly NameSeed[],
  taken: ReadonlySet<string> = new Set(),
  allowed: (name: string) => boolean = () => true,
): string[] {
  const names: string[] = []
  for (const seed of seeds) {
    const wanted = fitting(textOf(seed, names), 63)
    const base = wanted !== '' && allowed(wanted) ? wanted : 'name'
    let name = base
    for (let number = 2; taken.has(name) || names.includes(name); number += 1) {
      name = `${fitting(base, 60)}${number}`
    }
    names.push(name)
  }
  return names
}

function textOf(seed: NameSeed, before: readonly string[]): string {
  if ('own' in seed) return seed.own.replaceAll('\0', '')
  const other = before.at(-1 - (seed.like % Math.max(1, before.length)))
  return other === undefined ? 'name' : twists[seed.twist](other)
}

/** The text, cut to so many bytes of UTF-8 between two characters. */
function fitting(text: string, bytes: number): string {
  let cut = ''
  for (const character of text.toWellFormed()) {
    if (Buffer.byteLength(cut + character) > bytes) break
    cut += character
  }
  return cut
}
