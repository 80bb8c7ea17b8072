/** The signs that screens draw with. Every one is as wide as it has characters. */
export interface Glyphs {
  readonly pointer: string
  readonly checked: string
  readonly unchecked: string
  readonly partly: string
  readonly disabled: string
  readonly ellipsis: string
  readonly cursor: string
  readonly mask: string
  readonly tick: string
  readonly cross: string
  readonly warning: string
  readonly bullet: string
  readonly arrow: string
  readonly up: string
  readonly down: string
  readonly open: string
  readonly closed: string
  readonly rule: string
  readonly separator: string
  readonly barFull: string
  readonly barEmpty: string
  readonly spinner: readonly string[]
}

export const ASCII_GLYPHS: Glyphs = {
  pointer: '>',
  checked: '[x]',
  unchecked: '[ ]',
  partly: '[-]',
  disabled: ' - ',
  ellipsis: '...',
  cursor: '|',
  mask: '*',
  tick: '+',
  cross: 'x',
  warning: '!',
  bullet: '*',
  arrow: '->',
  up: '^',
  down: 'v',
  open: '-',
  closed: '+',
  rule: '-',
  separator: '|',
  barFull: '#',
  barEmpty: '.',
  spinner: ['|', '/', '-', '\\'],
}

export const UNICODE_GLYPHS: Glyphs = ASCII_GLYPHS

/** The glyphs that the terminal can draw. */
export function glyphsFor(unicode: boolean): Glyphs {
  return unicode ? UNICODE_GLYPHS : ASCII_GLYPHS
}
