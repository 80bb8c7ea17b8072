import type { Binding } from './keymap.ts'

/** A part of the help: the keys of a screen, or those that work everywhere. */
export interface HelpSection {
  readonly title: string
  readonly bindings: readonly Binding[]
}

/** The help as lines, keys in one column and sentences in the other; draw it with `ScrollText`. */
export function helpLines(sections: readonly HelpSection[], _columns: number): readonly string[] {
  return sections.flatMap(({ title, bindings }) => [title, ...bindings.map(({ help }) => help)])
}
