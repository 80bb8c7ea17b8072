import { stepTitles } from '../steps/step.ts'
import { HelpOverlay } from '../terminal/HelpOverlay.tsx'
import { useLook } from '../terminal/look.tsx'
import { TextField } from '../terminal/TextField.tsx'
import { bodyRows } from '../wizard/layout.ts'
import { helpSections } from '../wizard/lines/help.ts'
import type { Overlay, WizardState } from '../wizard/state.ts'
import { reachable } from '../wizard/update/overlay.ts'
import { Row } from './Row.tsx'

/** What lies over a step's screen: help, the list of steps, a question. */
export function OverlayView({ state, overlay }: { state: WizardState; overlay: Overlay }) {
  const { glyphs } = useLook()
  switch (overlay.kind) {
    case 'help':
      return (
        <HelpOverlay
          sections={helpSections(state)}
          columns={state.size.columns}
          rows={bodyRows(state)}
          top={overlay.top}
        />
      )
    case 'steps':
      return (
        <>
          <Row tone="strong">Go to</Row>
          {reachable(state).map((step, index) => (
            <Row key={step} {...(index === overlay.cursor ? { tone: 'accent' as const } : {})}>
              {index === overlay.cursor ? glyphs.pointer : ' '} {index + 1} {stepTitles[step]}
            </Row>
          ))}
        </>
      )
    case 'quit':
      return (
        <>
          <Row tone="strong">Leave pg-usher?</Row>
          <Row />
          {state.apply.status === 'cancelling' ? (
            <Row tone="bad">The server is still rolling back: leave only if it does not answer.</Row>
          ) : (
            <Row>
              {state.apply.status === 'ended'
                ? 'What was done stays.'
                : 'Nothing has been changed on the server.'}
            </Row>
          )}
        </>
      )
    case 'confirm':
      return (
        <>
          <Row tone="warn">{overlay.word} exists. Its password will be replaced.</Row>
          <Row />
          <Row>Whoever logs in with it now is locked out until told the new password.</Row>
          <Row>Type its name to agree; Esc goes back.</Row>
          <Row />
          <TextField label="Name" state={overlay.typed} columns={state.size.columns} focused />
        </>
      )
  }
}
