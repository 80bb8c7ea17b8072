import type { Key } from './key.ts'

/** One line of a table of keys. From it come the dispatch, the foot of the screen, the help and the docs. */
export interface Binding<Command extends string = string> {
  readonly command: Command
  /** Names of keys (see `Key`), the one to show first. */
  readonly keys: readonly string[]
  /** For the foot, a word or two: `next`. */
  readonly label: string
  /** For the help: a sentence. */
  readonly help: string
  /** Not in the foot; still in the help. */
  readonly hidden?: boolean
}

/** The command that a key stands for in a table, or null. The first line that has the key wins. */
export function commandFor<Command extends string>(
  bindings: readonly Binding<Command>[],
  key: Key,
): Command | null {
  for (const binding of bindings) if (binding.keys.includes(key.name)) return binding.command
  return null
}

/** A key as it is written for people: `PgDn`, `Ctrl-C`, `↑`. */
export function keyLabel(name: string): string {
  return name
}

/** One hint of the foot: the key and what it does. */
export interface Hint {
  readonly key: string
  readonly label: string
}

/** The hints that fit into `width` columns, in the table's order, which is the order of importance. */
export function footerHints(bindings: readonly Binding[], _width: number): readonly Hint[] {
  return bindings.map(({ keys, label }) => ({ key: keyLabel(keys[0] ?? ''), label }))
}
