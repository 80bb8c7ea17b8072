import { createContext, type ReactNode, useContext } from 'react'
import { type Glyphs, UNICODE_GLYPHS } from './glyphs.ts'
import { type Theme, themeFor } from './theme.ts'

/** How everything on the screen looks. */
export interface Look {
  readonly glyphs: Glyphs
  readonly theme: Theme
}

const LookContext = createContext<Look>({ glyphs: UNICODE_GLYPHS, theme: themeFor(true) })

/** Gives the look to all components below. */
export function LookProvider({ look, children }: { look: Look; children: ReactNode }) {
  return <LookContext value={look}>{children}</LookContext>
}

/** The look that the screen was started with. */
export function useLook(): Look {
  return useContext(LookContext)
}
