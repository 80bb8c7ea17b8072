import type { Background } from './theme.ts'

/** Environment variables, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What the terminal can do; decided once, at the start. */
export interface Capabilities {
  /** `full`: screens; `dumb`: a terminal without cursor movement; `none`: stdin or stdout is no terminal. */
  readonly kind: 'full' | 'dumb' | 'none'
  readonly colour: boolean
  readonly unicode: boolean
  readonly screenReader: boolean
  readonly background: Background
}

export interface TerminalFacts {
  readonly env: Environment
  readonly platform: NodeJS.Platform
  readonly stdinIsTTY: boolean
  readonly stdoutIsTTY: boolean
}

/** Decides what the terminal can do from the environment alone; asks the terminal nothing. */
export function capabilitiesOf(_facts: TerminalFacts): Capabilities {
  return { kind: 'full', colour: true, unicode: true, screenReader: false, background: 'unknown' }
}

/** The changes to `process.env` to make before Ink is imported. */
export function inkEnvironment(capabilities: Capabilities): Readonly<Record<string, string>> {
  return capabilities.colour ? {} : { FORCE_COLOR: '0' }
}
