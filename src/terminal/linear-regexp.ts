/**
 * Regular expressions that take time linear in the text, whatever the expression: JavaScript's own engine
 * tries one way after the other, and `(a+)+$` keeps it busy for hours. Thompson's construction, simulated as a
 * deterministic automaton whose states are made when they are first met (Russ Cox, "Regular Expression
 * Matching Can Be Simple And Fast", 2007). The usual syntax without what cannot be done so: no backreferences,
 * no looking around, no word boundaries.
 */
export interface LinearRegExp {
  /** Whether something between two places of a text fits; `^` and `$` are these places. */
  test(text: string, start?: number, end?: number): boolean
}

export type ParsedRegExp =
  | { readonly ok: true; readonly regexp: LinearRegExp }
  | { readonly ok: false; readonly message: string }

/** Reads an expression; a message says in a few words why it is none. */
export function linearRegExp(source: string, options: { readonly ignoreCase: boolean }): ParsedRegExp {
  try {
    return { ok: true, regexp: automaton(programOf(parse(source)), options.ignoreCase) }
  } catch (thrown) {
    if (thrown instanceof RegExpFault) return { ok: false, message: thrown.message }
    throw thrown
  }
}

class RegExpFault extends Error {}

type Node =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence' | 'either'; readonly nodes: readonly Node[] }
  | { readonly kind: 'repeat'; readonly node: Node; readonly least: number; readonly most: number }

/** Ranges of character codes, first and last; negated: all others. */
interface CharacterSet {
  readonly ranges: readonly (readonly [number, number])[]
  readonly negated: boolean
}

const anything: CharacterSet = { ranges: [], negated: true }
const digits: CharacterSet = { ranges: [[48, 57]], negated: false }
const wordCharacters: CharacterSet = {
  ranges: [
    [48, 57],
    [65, 90],
    [95, 95],
    [97, 122],
  ],
  negated: false,
}
const spaces: CharacterSet = {
  ranges: [
    [9, 13],
    [32, 32],
    [160, 160],
  ],
  negated: false,
}
const classes: Readonly<Record<string, CharacterSet>> = {
  d: digits,
  D: { ...digits, negated: true },
  w: wordCharacters,
  W: { ...wordCharacters, negated: true },
  s: spaces,
  S: { ...spaces, negated: true },
}
const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v' }

/** A repetition may ask for so many; more is a slip of the finger. */
const mostRepeated = 100

function parse(source: string): Node {
  let at = 0
  const peek = () => source[at] ?? ''
  const take = () => source[at++] ?? ''

  const alternatives = (): Node => {
    const nodes = [sequence()]
    while (peek() === '|') {
      take()
      nodes.push(sequence())
    }
    return { kind: 'either', nodes }
  }

  const sequence = (): Node => {
    const nodes: Node[] = []
    while (at < source.length && peek() !== '|' && peek() !== ')') nodes.push(repeated(single()))
    return { kind: 'sequence', nodes }
  }

  const repeated = (node: Node): Node => {
    const bounds = quantifier()
    if (bounds === null) return node
    // Whether as many or as few as possible are taken makes no difference to whether it fits.
    if (peek() === '?') take()
    if (quantifier() !== null) throw new RegExpFault('nothing to repeat')
    return { kind: 'repeat', node, ...bounds }
  }

  const quantifier = (): { least: number; most: number } | null => {
    const simple = { '*': [0, Infinity], '+': [1, Infinity], '?': [0, 1] }[peek()]
    if (simple !== undefined) {
      take()
      return { least: simple[0] ?? 0, most: simple[1] ?? 0 }
    }
    const counted = /^\{(\d+)(?:(,)(\d*))?\}/.exec(source.slice(at, at + 12))
    if (counted === null) return null
    at += counted[0].length
    const least = Number(counted[1])
    const most = counted[2] === undefined ? least : counted[3] === '' ? Infinity : Number(counted[3])
    if (least > mostRepeated || (most !== Infinity && most > mostRepeated))
      throw new RegExpFault(`at most {${mostRepeated}}`)
    if (most < least) throw new RegExpFault('the numbers in { } are the wrong way round')
    return { least, most }
  }

  const single = (): Node => {
    const character = take()
    switch (character) {
      case '.':
        return { kind: 'set', set: anything }
      case '^':
        return { kind: 'start' }
      case '$':
        return { kind: 'end' }
      case '[':
        return { kind: 'set', set: bracket() }
      case '(': {
        if (source.startsWith('?:', at)) at += 2
        else if (peek() === '?') throw new RegExpFault('no looking around')
        const inside = alternatives()
        if (take() !== ')') throw new RegExpFault('a ) is missing')
        return inside
      }
      case '*':
      case '+':
      case '?':
        throw new RegExpFault('nothing to repeat')
      case '\\':
        return { kind: 'set', set: escaped() }
      default:
        return { kind: 'set', set: just(character) }
    }
  }

  const escaped = (): CharacterSet => {
    const character = take()
    if (character === '') throw new RegExpFault('something is missing after \\')
    const known = classes[character]
    if (known !== undefined) return known
    if (/[1-9bBkpPux]/.test(character)) throw new RegExpFault(`no \\${character}`)
    return just(controls[character] ?? character)
  }

  const bracket = (): CharacterSet => {
    const negated = peek() === '^'
    if (negated) take()
    const ranges: (readonly [number, number])[] = []
    for (let first = true; first || peek() !== ']'; first = false) {
      const low = bracketed()
      if (peek() !== '-' || source[at + 1] === ']' || low.length !== 1) {
        ranges.push(...low)
        continue
      }
      take()
      const high = bracketed()
      const [from] = low[0] ?? [0]
      const [to] = high[0] ?? [0]
      if (high.length !== 1 || to < from) throw new RegExpFault('a range is the wrong way round')
      ranges.push([from, to])
    }
    take()
    return { ranges, negated }
  }

  const bracketed = (): readonly (readonly [number, number])[] => {
    const character = take()
    if (character === '') throw new RegExpFault('a ] is missing')
    const set = character === '\\' ? escaped() : just(character)
    return set.negated ? complement(set.ranges) : set.ranges
  }

  const whole = alternatives()
  if (at < source.length) throw new RegExpFault('a ( is missing')
  return whole
}

function just(character: string): CharacterSet {
  const code = character.charCodeAt(0)
  return { ranges: [[code, code]], negated: false }
}

function complement(ranges: CharacterSet['ranges']): CharacterSet['ranges'] {
  const rest: [number, number][] = []
  let from = 0
  for (const [low, high] of ranges) {
    if (low > from) rest.push([from, low - 1])
    from = high + 1
  }
  rest.push([from, 0xffff])
  return rest
}

type Instruction =
  | { readonly kind: 'character'; readonly set: CharacterSet }
  | { readonly kind: 'start' | 'end' }
  /** Both ways are tried at once. */
  | { readonly kind: 'split'; ways: readonly number[] }
  | { readonly kind: 'found' }

/** A program with more instructions than this is refused: no name needs it. */
const mostInstructions = 4000

/** Thompson's construction: each instruction leads on to the next one, a split to several. */
function programOf(node: Node): readonly Instruction[] {
  const program: Instruction[] = []
  const add = (instruction: Instruction): number => {
    if (program.length >= mostInstructions) throw new RegExpFault('it is too long')
    return program.push(instruction) - 1
  }
  const split = () => {
    const instruction: Extract<Instruction, { kind: 'split' }> = { kind: 'split', ways: [] }
    return { instruction, at: add(instruction) }
  }
  /** What may follow besides: each time it is either once more, or the end. */
  const optional = ({ node, least, most }: Extract<Node, { kind: 'repeat' }>): void => {
    const forks: ReturnType<typeof split>[] = []
    for (let count = least; count < most; count += 1) {
      forks.push(split())
      write(node)
    }
    for (const { instruction, at } of forks) instruction.ways = [at + 1, program.length]
  }
  const write = (part: Node): void => {
    switch (part.kind) {
      case 'set':
        add({ kind: 'character', set: part.set })
        return
      case 'start':
      case 'end':
        add({ kind: part.kind })
        return
      case 'sequence':
        for (const each of part.nodes) write(each)
        return
      case 'either': {
        const fork = split()
        const ways: number[] = []
        const ends = part.nodes.map(each => {
          ways.push(program.length)
          write(each)
          return split().instruction
        })
        fork.instruction.ways = ways
        for (const end of ends) end.ways = [program.length]
        return
      }
      case 'repeat':
        for (let count = 0; count < part.least; count += 1) write(part.node)
        if (part.most === Infinity) {
          const loop = split()
          write(part.node)
          split().instruction.ways = [loop.at]
          loop.instruction.ways = [loop.at + 1, program.length]
          return
        }
        optional(part)
        return
    }
  }
  write(node)
  add({ kind: 'found' })
  return program
}

/** A state of the automaton: where in the program it may be. */
interface State {
  readonly places: readonly number[]
  readonly found: boolean
  /** Whether it fits if the text ends here. */
  readonly foundAtEnd: boolean
  /** The next state by character code, for ASCII. */
  readonly next: (State | undefined)[]
}

/** When there are more states, they are forgotten and made anew. */
const mostStates = 1000

function automaton(program: readonly Instruction[], ignoreCase: boolean): LinearRegExp {
  let known = new Map<string, State>()

  /** All places that are reached from these without a character. */
  const closure = (from: readonly number[], at: { start: boolean; end: boolean }): number[] => {
    const places = new Set<number>()
    const waiting = [...from]
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      if (places.has(place)) continue
      places.add(place)
      const instruction = program[place]
      if (instruction?.kind === 'split') waiting.push(...instruction.ways)
      if ((instruction?.kind === 'start' && at.start) || (instruction?.kind === 'end' && at.end))
        waiting.push(place + 1)
    }
    return [...places].toSorted((a, b) => a - b)
  }
  const isFound = (places: readonly number[]) => places.some(place => program[place]?.kind === 'found')

  const stateOf = (from: readonly number[], start: boolean): State => {
    const places = closure(from, { start, end: false })
    const key = `${start} ${places.join()}`
    const made = known.get(key)
    if (made !== undefined) return made
    if (known.size >= mostStates) known = new Map()
    const state: State = {
      places,
      found: isFound(places),
      foundAtEnd: isFound(closure(places, { start, end: true })),
      next: [],
    }
    known.set(key, state)
    return state
  }

  const step = (state: State, code: number): State => {
    const on = state.places.flatMap(place => {
      const instruction = program[place]
      return instruction?.kind === 'character' && fits(instruction.set, code, ignoreCase) ? [place + 1] : []
    })
    // It may begin anywhere.
    return stateOf([...on, 0], false)
  }

  const first = stateOf([0], true)
  return {
    test: (text, start = 0, end = text.length) => {
      let state = first
      // An empty text begins and ends at one place.
      if (start === end) return isFound(closure([0], { start: true, end: true }))
      for (let at = start; at < end && !state.found; at += 1) {
        const code = text.charCodeAt(at)
        let next = code < 128 ? state.next[code] : undefined
        if (next === undefined) {
          next = step(state, code)
          if (code < 128) state.next[code] = next
        }
        state = next
      }
      return state.found || state.foundAtEnd
    },
  }
}

function fits(set: CharacterSet, code: number, ignoreCase: boolean): boolean {
  if (inRanges(set, code)) return !set.negated
  if (!ignoreCase) return set.negated
  const character = String.fromCharCode(code)
  const folded = [character.toLowerCase(), character.toUpperCase()]
  const other = folded.some(each => each.length === 1 && inRanges(set, each.charCodeAt(0)))
  return other !== set.negated
}

function inRanges({ ranges }: CharacterSet, code: number): boolean {
  return ranges.some(([low, high]) => code >= low && code <= high)
}
