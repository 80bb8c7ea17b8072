/** Where a text stops being JSON, counted from 1, in characters as an editor counts them. */
export interface JsonFault {
  readonly line: number
  readonly column: number
}

// RFC 8259: the pieces of the grammar.
const space = /[ \t\n\r]*/y
const scalar =
  /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy
const key = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"[ \t\n\r]*:/uy

/**
 * The first place where a text is not JSON; null when it is. JSON.parse gives a position for some faults
 * only (V8), and a person with a file of thousands of lines needs it for all.
 */
export function jsonFault(text: string): JsonFault | null {
  const open: ('[' | '{')[] = []
  let at = 0
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const found = pattern.test(text)
    if (found) at = pattern.lastIndex
    return found
  }
  const takeCharacter = (character: string): boolean => {
    take(space)
    if (text[at] !== character) return false
    at += 1
    return true
  }
  const takeKey = (): boolean => {
    take(space)
    return take(key)
  }

  let wantsValue = true
  while (true) {
    if (wantsValue) {
      take(space)
      if (takeCharacter('{')) {
        if (takeCharacter('}')) wantsValue = false
        else if (takeKey()) open.push('{')
        else return placeOf(text, at)
      } else if (takeCharacter('[')) {
        if (takeCharacter(']')) wantsValue = false
        else open.push('[')
      } else if (take(scalar)) wantsValue = false
      else return placeOf(text, at)
      continue
    }
    const innermost = open.at(-1)
    if (innermost === undefined) {
      take(space)
      return at === text.length ? null : placeOf(text, at)
    }
    if (takeCharacter(innermost === '{' ? '}' : ']')) open.pop()
    else if (takeCharacter(',')) {
      if (innermost === '{' && !takeKey()) return placeOf(text, at)
      wantsValue = true
    } else return placeOf(text, at)
  }
}

function placeOf(text: string, at: number): JsonFault {
  const lines = text.slice(0, at).split(/\r\n|\r|\n/)
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 }
}
