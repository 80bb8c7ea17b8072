/** How a piece of text looks; to be spread into Ink's `<Text>`. */
export interface TextStyle {
  readonly color?: string
  readonly bold?: boolean
  readonly dimColor?: boolean
}

/** Styles by meaning. Colour never says anything alone: a glyph or a word says it too. */
export interface Theme {
  readonly accent: TextStyle
  readonly muted: TextStyle
  readonly good: TextStyle
  readonly warn: TextStyle
  readonly bad: TextStyle
  readonly strong: TextStyle
}

/** For a terminal of which nothing is known: colours that can be read on black and on white. */
export const COLOUR_THEME: Theme = {
  accent: { color: 'magenta' },
  muted: { dimColor: true },
  good: { color: 'green' },
  warn: { bold: true },
  bad: { color: 'red', bold: true },
  strong: { bold: true },
}

/** Without colour and without any other attribute. */
export const PLAIN_THEME: Theme = { accent: {}, muted: {}, good: {}, warn: {}, bad: {}, strong: {} }

export type Background = 'dark' | 'light' | 'unknown'

/** The theme for a terminal. */
export function themeFor(colour: boolean, _background: Background = 'unknown'): Theme {
  return colour ? COLOUR_THEME : PLAIN_THEME
}
