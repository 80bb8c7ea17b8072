/** What is known of a regular expression without the server. */
export type RegexReading =
  /** It means the same in JavaScript. */
  | { readonly reads: 'same'; readonly test: (name: string) => boolean }
  /** The server refuses it. */
  | { readonly reads: 'invalid'; readonly why: string }
  /** It has something that the two languages may take differently: only the server can say. */
  | { readonly reads: 'unknown'; readonly why: string }

/**
 * Reads an "advanced" regular expression of PostgreSQL (manual, 9.7.3), as pg_hba.conf has them after a slash.
 * What is beyond the plain parts (classes, anchors, groups, counts) is not guessed at.
 */
export function readRegex(pattern: string): RegexReading {
  if (/^\*\*\*|^\(\?[a-z]/.test(pattern)) return unknown('it begins with options')
  try {
    const compiled = new RegExp(inJavaScript(pattern), 'su')
    return { reads: 'same', test: name => compiled.test(name) }
  } catch (thrown) {
    if (thrown instanceof Unreadable) return thrown.reading
    return unknown('JavaScript does not take it')
  }
}

class Unreadable extends Error {
  readonly reading: RegexReading

  constructor(reading: RegexReading) {
    super()
    this.reading = reading
  }
}

function unknown(why: string): RegexReading {
  return { reads: 'unknown', why }
}

function giveUp(why: string): never {
  throw new Unreadable(unknown(why))
}

function invalid(why: string): never {
  throw new Unreadable({ reads: 'invalid', why })
}

// DUPMAX of the server.
const mostRepeats = 255

/** A recursive descent through the grammar, which gives the same expression for JavaScript. @throws Unreadable */
function inJavaScript(pattern: string): string {
  const characters: readonly string[] = [...pattern]
  let at = 0
  return alternatives(false)

  function alternatives(inGroup: boolean): string {
    let source = ''
    for (;;) {
      source += branch()
      if (peek() !== '|') break
      at += 1
      source += '|'
    }
    if (!inGroup && at < characters.length) invalid('parentheses () not balanced')
    return source
  }

  function branch(): string {
    let source = ''
    for (let next = peek(); next !== undefined && next !== '|'; next = peek()) {
      // Outside of any group it stands for nothing: it is refused above.
      if (next === ')') break
      source += quantified(next)
    }
    return source
  }

  function quantified(first: string): string {
    if (first === '^' || first === '$') {
      at += 1
      if (isQuantifier()) return invalid('quantifier operand invalid')
      return first
    }
    if (isQuantifier()) return invalid('quantifier operand invalid')
    const one = atom(first)
    if (!isQuantifier()) return one
    const amount = quantifier()
    if (isQuantifier()) return invalid('quantifier operand invalid')
    return `(?:${one})${amount}`
  }

  function atom(first: string): string {
    at += 1
    switch (first) {
      case '.':
        return '.'
      case '[':
        return bracket()
      case '(':
        return group()
      case '\\':
        return escaped()
      default:
        return literal(first)
    }
  }

  function group(): string {
    if (peek() === '?') {
      at += 1
      if (peek() !== ':') return giveUp('it looks ahead or behind')
      at += 1
    }
    const inside = alternatives(true)
    if (peek() !== ')') return invalid('parentheses () not balanced')
    at += 1
    return `(?:${inside})`
  }

  function escaped(): string {
    const next = peek()
    if (next === undefined) return invalid('invalid escape \\ sequence')
    at += 1
    const shorthand = shorthands[next]
    if (shorthand !== undefined) return shorthand
    // Before anything but a letter or a digit a backslash takes the meaning away.
    return /^[A-Za-z0-9_]$/.test(next) ? giveUp(`it has \\${next}`) : literal(next)
  }

  function bracket(): string {
    let source = '['
    if (peek() === '^') {
      at += 1
      source += '^'
    }
    let first = true
    for (let next = peek(); ; next = peek(), first = false) {
      if (next === undefined) return invalid('brackets [] not balanced')
      if (next === ']' && !first) break
      const from = bracketCharacter(next)
      if (peek() !== '-' || characters[at + 1] === ']') {
        source += inBracket(from)
        continue
      }
      at += 1
      const end = peek()
      if (end === undefined) return invalid('brackets [] not balanced')
      const to = bracketCharacter(end)
      if ((from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0)) return invalid('invalid character range')
      source += `${inBracket(from)}-${inBracket(to)}`
    }
    at += 1
    return `${source}]`
  }

  function bracketCharacter(next: string): string {
    if (next === '\\') return giveUp('it has an escape in brackets')
    if (next === '[' && /^[.:=]$/.test(characters[at + 1] ?? '')) {
      return giveUp('it has a class in brackets')
    }
    // A hyphen that is neither first nor last is an error in some places and a character in others.
    if (next === '-') return giveUp('it has a hyphen in brackets that is no range')
    at += 1
    return next
  }

  function isQuantifier(): boolean {
    const next = peek()
    if (next === '*' || next === '+' || next === '?') return true
    return next === '{' && /^\d$/.test(characters[at + 1] ?? '')
  }

  function quantifier(): string {
    const first = peek() ?? ''
    at += 1
    const amount = first === '{' ? bound() : first
    // Which match is the longest does not matter where only asking whether there is one.
    if (peek() === '?') at += 1
    return amount
  }

  function bound(): string {
    const rest = characters.slice(at).join('')
    const found = /^(\d+)(,(\d*))?\}/.exec(rest)
    if (found === null) return invalid('invalid repetition count(s)')
    const [all, least = '', range, most = ''] = found
    const limits = [Number(least), ...(most === '' ? [] : [Number(most)])]
    if (limits.some(limit => limit > mostRepeats) || (most !== '' && Number(least) > Number(most))) {
      return invalid('invalid repetition count(s)')
    }
    at += all.length
    return `{${least}${range === undefined ? '' : `,${most}`}}`
  }

  function peek(): string | undefined {
    return characters[at]
  }
}

// With the C collation, which the server uses here, these are ASCII.
const shorthands: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  w: '[A-Za-z0-9_]',
  W: '[^A-Za-z0-9_]',
  s: '[ \\t\\n\\v\\f\\r]',
  S: '[^ \\t\\n\\v\\f\\r]',
}

function literal(character: string): string {
  return character.replace(/[\\^$.|?*+()[\]{}/]/, '\\$&')
}

function inBracket(character: string): string {
  return character.replace(/[\\\]^[-]/, '\\$&')
}
