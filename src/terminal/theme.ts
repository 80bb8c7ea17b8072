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

/** What a terminal's background is, if it says so. */
export type Background = 'dark' | 'light' | 'unknown'

/**
 * Only the 16 colours that a person's own palette defines. Of these, magenta and red can be read on black
 * and on white in the usual palettes; cyan and yellow cannot be read on white, blue not on black, and bright
 * black is Solarized's background, so "muted" is the dim attribute instead.
 */
const THEMES: Readonly<Record<Background, Theme>> = {
  unknown: theme({ accent: 'magenta', warn: undefined }),
  dark: theme({ accent: 'cyan', warn: 'yellow' }),
  light: theme({ accent: 'blue', warn: 'magenta' }),
}

/** Without colour and without any other attribute: NO_COLOR takes those away too. */
const PLAIN_THEME: Theme = { accent: {}, muted: {}, good: {}, warn: {}, bad: {}, strong: {} }

/** The theme for a terminal. */
export function themeFor(colour: boolean, background: Background = 'unknown'): Theme {
  return colour ? THEMES[background] : PLAIN_THEME
}

function theme({ accent, warn }: { accent: string; warn: string | undefined }): Theme {
  return {
    accent: { color: accent },
    muted: { dimColor: true },
    good: { color: 'green' },
    warn: warn === undefined ? { bold: true } : { color: warn, bold: true },
    bad: { color: 'red', bold: true },
    strong: { bold: true },
  }
}
