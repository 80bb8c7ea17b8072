import { render } from 'ink-testing-library'
import { onTestFinished } from 'vitest'
import { App } from '../../src/screens/App.tsx'
import { glyphsFor } from '../../src/terminal/glyphs.ts'
import { themeFor } from '../../src/terminal/theme.ts'
import type { WizardState } from '../../src/wizard/state.ts'
import { createStore } from '../../src/wizard/store.ts'

/** The screen of a state as rows of text, without colour: head, body and foot. */
export function drawScreen(state: WizardState, { unicode = true } = {}): readonly string[] {
  const store = createStore(state, () => {})
  const screen = render(<App store={store} look={{ glyphs: glyphsFor(unicode), theme: themeFor(false) }} />)
  onTestFinished(() => screen.unmount())
  return (screen.lastFrame() ?? '').split('\n').map(row => row.trimEnd())
}
