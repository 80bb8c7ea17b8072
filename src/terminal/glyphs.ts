/**
 * The signs that screens draw with. In UTF-8 each is one column wide, also where a terminal draws characters
 * of "ambiguous" width (Unicode, UAX 11) two wide, but for the ellipsis and the arrows, which stand in text.
 */
export interface Glyphs {
  /** In front of the row or field that has the keys. */
  readonly pointer: string
  readonly checked: string
  readonly unchecked: string
  /** The option of a choice that is taken, and one that is not: only one of them is. */
  readonly taken: string
  readonly notTaken: string
  /** Some of what is below is checked. */
  readonly partly: string
  /** Cannot be checked. */
  readonly disabled: string
  readonly ellipsis: string
  /** Where the next typed character goes; a sign, because inverse video is colour and may be off. */
  readonly cursor: string
  /** In place of each character of a secret. */
  readonly mask: string
  readonly tick: string
  readonly cross: string
  readonly warning: string
  readonly bullet: string
  readonly arrow: string
  readonly up: string
  readonly down: string
  readonly left: string
  readonly right: string
  /** A parent row whose children are shown, or not. */
  readonly open: string
  readonly closed: string
  /** Repeated, a line across the screen. */
  readonly rule: string
  /** Between two things on a line. */
  readonly separator: string
  readonly barFull: string
  readonly barEmpty: string
  readonly spinner: readonly string[]
}

export const ASCII_GLYPHS: Glyphs = {
  pointer: '>',
  checked: '[x]',
  unchecked: '[ ]',
  taken: '(x)',
  notTaken: '( )',
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
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  open: 'v',
  closed: '>',
  rule: '-',
  separator: '|',
  barFull: '#',
  barEmpty: '.',
  spinner: ['|', '/', '-', '\\'],
}

export const UNICODE_GLYPHS: Glyphs = {
  pointer: '❯',
  checked: '◉',
  unchecked: '◌',
  taken: '◉',
  notTaken: '◌',
  partly: '◒',
  disabled: '∙',
  ellipsis: '…',
  cursor: '❘',
  mask: '∙',
  tick: '✓',
  cross: '✗',
  warning: '!',
  bullet: '∙',
  arrow: '➜',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  open: '▾',
  closed: '▸',
  rule: '╌',
  separator: '╎',
  barFull: '▰',
  barEmpty: '▱',
  spinner: ['⠋', '⠹', '⠼', '⠧'],
}

/** The glyphs that a terminal can draw (`Capabilities.unicode`). */
export function glyphsFor(unicode: boolean): Glyphs {
  return unicode ? UNICODE_GLYPHS : ASCII_GLYPHS
}
