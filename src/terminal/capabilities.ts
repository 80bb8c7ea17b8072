import type { Background } from './theme.ts'

/** Environment variables, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What the terminal can do; decided once, at the start. */
export interface Capabilities {
  /** `full`: screens; `dumb`: a terminal that cannot move its cursor; `none`: stdin or stdout is no terminal. */
  readonly kind: 'full' | 'dumb' | 'none'
  readonly colour: boolean
  /** Whether glyphs beyond ASCII are drawn. Names from the database are shown as they are in any case. */
  readonly unicode: boolean
  /** A person asked for a screen that can be read aloud. */
  readonly screenReader: boolean
  readonly background: Background
  /** Whether what is written can be marked as one update (synchronized output, DEC private mode 2026). */
  readonly synchronized: boolean
}

/** What is known of the terminal without asking it anything. */
export interface TerminalFacts {
  readonly env: Environment
  readonly platform: NodeJS.Platform
  readonly stdinIsTTY: boolean
  readonly stdoutIsTTY: boolean
}

/** Decides what the terminal can do. An unknown terminal counts as one that can do nothing. */
export function capabilitiesOf({ env, platform, stdinIsTTY, stdoutIsTTY }: TerminalFacts): Capabilities {
  const terminal = stdinIsTTY && stdoutIsTTY
  const dumb = isDumb(env, platform)
  return {
    kind: !terminal ? 'none' : dumb ? 'dumb' : 'full',
    colour: wantsColour(env, terminal && !dumb),
    unicode: canDrawUnicode(env, platform),
    screenReader: isOn(env['ACCESSIBLE']) || env['INK_SCREEN_READER'] === 'true',
    background: backgroundOf(env['COLORFGBG']),
    synchronized: passesOverUnknownModes(env),
  }
}

/**
 * The changes to `process.env` to make before Ink is imported: it ignores NO_COLOR and knows FORCE_COLOR
 * only, and would find out about colour for itself.
 */
export function inkEnvironment({ colour }: Pick<Capabilities, 'colour'>): Readonly<Record<string, string>> {
  return { FORCE_COLOR: colour ? '1' : '0' }
}

function isDumb(env: Environment, platform: NodeJS.Platform): boolean {
  const term = env['TERM'] ?? ''
  // Windows consoles have no TERM.
  if (term === '') return platform !== 'win32'
  return term === 'dumb' || term === 'unknown'
}

/** FORCE_COLOR wins over NO_COLOR, as in Node; NO_COLOR counts when it is not empty (no-color.org). */
function wantsColour(env: Environment, capable: boolean): boolean {
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return capable && (env['NO_COLOR'] ?? '') === '' && !/-m$|^vt\d/u.test(env['TERM'] ?? '')
}

/** The locale's character set (POSIX, "Internationalization Variables"), where the console's font has the glyphs. */
function canDrawUnicode(env: Environment, platform: NodeJS.Platform): boolean {
  // The Linux console's font has 512 glyphs at most.
  if (env['TERM'] === 'linux') return false
  if (platform === 'win32')
    return env['WT_SESSION'] !== undefined || env['TERM_PROGRAM'] === 'vscode' || env['TERM'] !== undefined
  return /utf-?8/iu.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '')
}

/** Modern emulators know the mode or pass over it; of consoles and of real terminals that is not sure. */
function passesOverUnknownModes(env: Environment): boolean {
  return /^(?:xterm|tmux|screen|alacritty|foot|kitty|wezterm|ghostty|iterm|contour|rio)/iu.test(
    env['TERM'] ?? '',
  )
}

/** COLORFGBG is `foreground;background`, colours by number; 7 and 15 are the whites (rxvt, Konsole, iTerm2). */
function backgroundOf(colours: string | undefined): Background {
  const number = /^\d+;(?:[^;]*;)?(\d+)$/u.exec(colours ?? '')?.[1]
  if (number === undefined) return 'unknown'
  return number === '7' || number === '15' ? 'light' : 'dark'
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}
