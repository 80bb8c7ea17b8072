import type { Glyphs } from './glyphs.ts'
import type { Key } from './key.ts'
import { displayWidth } from './truncate.ts'

/** One line of a table of keys. From it come the dispatch, the foot of the screen, the help and the docs. */
export interface Binding<Command extends string = string> {
  readonly command: Command
  /** Names of keys (see `Key`), the one to show first. */
  readonly keys: readonly string[]
  /** For the foot, a word or two: `next`. Neighbours with the same label share one hint: `↑/↓ move`. */
  readonly label: string
  /** For the help: a sentence. */
  readonly help: string
  /** Not in the foot; still in the help. */
  readonly hidden?: boolean
  /** In the foot, however narrow: from it a person finds the keys for which there was no room. */
  readonly anchored?: boolean
}

/** The command that a key stands for in a table, or null. The first line that has the key wins. */
export function commandFor<Command extends string>(
  bindings: readonly Binding<Command>[],
  key: Key,
): Command | null {
  return bindings.find(binding => binding.keys.includes(key.name))?.command ?? null
}

const LABELS: Readonly<Record<string, string>> = {
  'page-up': 'PgUp',
  'page-down': 'PgDn',
  escape: 'Esc',
  delete: 'Del',
  insert: 'Ins',
}

/** A key as it is written for people: `PgDn`, `Ctrl-C`, `Shift-Tab`, `↑`. A character is itself. */
export function keyLabel(name: string, glyphs: Glyphs): string {
  const [, modifiers = '', base = name] = /^((?:shift-|ctrl-|alt-)*)(.+)$/su.exec(name) ?? []
  // Letters are capital behind a modifier only: `g` and `G` are two keys.
  const letter = modifiers === '' ? base : base.toUpperCase()
  return modifiers.replace(/[a-z]+/gu, capital) + (base.length === 1 ? letter : baseLabel(base, glyphs))
}

function baseLabel(base: string, glyphs: Glyphs): string {
  switch (base) {
    case 'up':
    case 'down':
    case 'left':
    case 'right':
      return glyphs[base]
    default:
      return LABELS[base] ?? capital(base)
  }
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/** One hint of the foot: the key or keys, and what they do. */
export interface Hint {
  readonly key: string
  readonly label: string
  readonly anchored: boolean
}

/** Columns between two hints. */
export const HINT_GAP = '  '

/**
 * The hints that fit into `width` columns, in the table's order. That is also the order of importance: where
 * there is not room for all, the later ones give way, though never an anchored one, and one too long leaves its
 * room to a shorter one.
 */
export function footerHints(bindings: readonly Binding[], width: number, glyphs: Glyphs): readonly Hint[] {
  const all = hints(bindings, glyphs)
  let room = width + HINT_GAP.length
  const fits = (hint: Hint) => {
    const columns = displayWidth(hintText(hint)) + HINT_GAP.length
    if (columns > room) return false
    room -= columns
    return true
  }
  const chosen = new Set(all.filter(({ anchored }) => anchored).filter(fits))
  for (const hint of all) if (!chosen.has(hint) && fits(hint)) chosen.add(hint)
  return all.filter(hint => chosen.has(hint))
}

/** A hint as it stands in the foot. */
export function hintText({ key, label }: Pick<Hint, 'key' | 'label'>): string {
  return `${key} ${label}`
}

function hints(bindings: readonly Binding[], glyphs: Glyphs): readonly Hint[] {
  const all: Hint[] = []
  for (const { keys, label, hidden, anchored = false } of bindings) {
    const [first] = keys
    if (hidden === true || first === undefined) continue
    const key = keyLabel(first, glyphs)
    const last = all.at(-1)
    if (last?.label === label) all[all.length - 1] = { ...last, key: `${last.key}/${key}` }
    else all.push({ key, label, anchored })
  }
  return all
}
