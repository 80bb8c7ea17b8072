import type { Glyphs } from './glyphs.ts'
import { type Binding, keyLabel } from './keymap.ts'
import { displayWidth, padEnd } from './truncate.ts'
import { wrap } from './wrap.ts'

/** A part of the help: the keys of a screen, or those that work everywhere. */
export interface HelpSection {
  readonly title: string
  readonly bindings: readonly Binding[]
}

/** Wider than this, the keys take room from the sentences. */
const WIDEST_KEYS = 20

const MARGIN = '  '

/** The help as lines: all keys of a binding in one column, its sentence in the other. */
export function helpLines(
  sections: readonly HelpSection[],
  columns: number,
  glyphs: Glyphs,
): readonly string[] {
  const rows = sections.flatMap(({ bindings }) => bindings.map(binding => keysOf(binding, glyphs)))
  const keyColumns = Math.min(WIDEST_KEYS, Math.max(0, ...rows.map(displayWidth)))
  const sentenceColumns = columns - MARGIN.length * 2 - keyColumns
  return sections.flatMap(({ title, bindings }, index) => [
    ...(index === 0 ? [] : ['']),
    title,
    ...bindings.flatMap(binding => {
      const keys = wrap(keysOf(binding, glyphs), keyColumns)
      const sentence = wrap(binding.help, sentenceColumns)
      return Array.from({ length: Math.max(keys.length, sentence.length) }, (_, line) =>
        (MARGIN + padEnd(keys[line] ?? '', keyColumns) + MARGIN + (sentence[line] ?? '')).trimEnd(),
      )
    }),
  ])
}

function keysOf({ keys }: Binding, glyphs: Glyphs): string {
  return keys.map(key => keyLabel(key, glyphs)).join(', ')
}
