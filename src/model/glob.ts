/**
 * Tells whether a name fits a pattern as a whole: `*` is any characters, `?` is one, and a backslash takes the
 * meaning of the next one away. A name takes at most its length times the pattern's.
 */
export function globTest(pattern: string): (name: string) => boolean {
  const parts = globParts(pattern)
  return name => fits(parts, name)
}

function fits(parts: readonly (string | symbol)[], name: string): boolean {
  let part = 0
  let at = 0
  let star = -1
  let retry = 0
  while (at < name.length) {
    const wanted = parts[part]
    if (wanted === anyCharacters) {
      star = part
      retry = at
      part += 1
    } else if (wanted === anyCharacter || wanted === name[at]) {
      part += 1
      at += 1
    } else if (star !== -1) {
      part = star + 1
      retry += 1
      at = retry
    } else return false
  }
  while (parts[part] === anyCharacters) part += 1
  return part === parts.length
}

/** The pattern that only this name fits. */
export function literalGlob(name: string): string {
  return name.replace(/[*?\\]/gu, '\\$&')
}

const anyCharacters = Symbol('*')
const anyCharacter = Symbol('?')

function globParts(pattern: string): readonly (string | symbol)[] {
  const parts: (string | symbol)[] = []
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? ''
    if (character === '\\' && at + 1 < pattern.length) {
      at += 1
      parts.push(pattern[at] ?? '')
    } else if (character === '*') parts.push(anyCharacters)
    else parts.push(character === '?' ? anyCharacter : character)
  }
  return parts
}
