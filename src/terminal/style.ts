/**
 * How a cell of the terminal looks, as the parameters of the SGR sequence that gives this look from the default
 * one (ECMA-48, 8.3.117; xterm ctlseqs): `1;35` is bold magenta, the empty string the default look. Equal looks
 * are equal strings.
 */
export type Style = string

export const DEFAULT_STYLE: Style = ''

/** What of a look stands in one place: a later parameter replaces an earlier one, `off` takes it away. */
interface Slot {
  readonly codes: readonly string[]
  readonly off: string
}

const numbers = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index))

const SLOTS: readonly Slot[] = [
  { codes: ['1'], off: '22' },
  { codes: ['2'], off: '22' },
  { codes: ['3'], off: '23' },
  { codes: ['4', '21'], off: '24' },
  { codes: ['5', '6'], off: '25' },
  { codes: ['7'], off: '27' },
  { codes: ['8'], off: '28' },
  { codes: ['9'], off: '29' },
  { codes: ['53'], off: '55' },
  { codes: [...numbers(30, 37), ...numbers(90, 97), '38'], off: '39' },
  { codes: [...numbers(40, 47), ...numbers(100, 107), '48'], off: '49' },
  { codes: ['58'], off: '59' },
]

type Slots = readonly (string | undefined)[]

/** The look after an SGR sequence with these parameters; what is not known of them changes nothing. */
export function afterSgr(style: Style, parameters: string): Style {
  return joined(applied(slotsOf(style), parameters))
}

/** The shortest SGR sequence from one look to another; empty where they are the same. */
export function styleChange(from: Style, to: Style): string {
  if (from === to) return ''
  const anew = to === DEFAULT_STYLE ? '' : `0;${to}`
  const difference = slotDifference(slotsOf(from), slotsOf(to))
  return `\u001b[${difference.length < anew.length ? difference : anew}m`
}

function slotDifference(from: Slots, to: Slots): string {
  const off = new Set<string>()
  for (const [index, slot] of SLOTS.entries())
    if (from[index] !== undefined && to[index] === undefined) off.add(slot.off)
  // One parameter turns off both bold and dim; the one that stays is given anew.
  const on = SLOTS.flatMap((slot, index) => {
    const code = to[index]
    return code !== undefined && (code !== from[index] || off.has(slot.off)) ? [code] : []
  })
  return [...off, ...on].join(';')
}

function slotsOf(style: Style): Slots {
  return style === DEFAULT_STYLE ? [] : applied([], style)
}

function applied(slots: Slots, parameters: string): Slots {
  let next = [...slots]
  const codes = parameters.split(';')
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? ''
    if (code === '' || code === '0') {
      next = []
      continue
    }
    // 38;5;n and 38;2;r;g;b, likewise 48 and 58: a colour in several parameters.
    const extended = code === '38' || code === '48' || code === '58'
    const length = !extended ? 1 : codes[at + 1] === '5' ? 3 : codes[at + 1] === '2' ? 5 : codes.length
    for (const [index, slot] of SLOTS.entries()) {
      if (slot.codes.includes(code)) next[index] = codes.slice(at, at + length).join(';')
      else if (slot.off === code) next[index] = undefined
    }
    at += length - 1
  }
  return next
}

function joined(slots: Slots): Style {
  return slots.filter(code => code !== undefined).join(';')
}
