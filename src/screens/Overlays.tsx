import type { Paragraph } from '../model/paragraph.ts'
import { stepTitles } from '../steps/step.ts'
import { HelpOverlay } from '../terminal/HelpOverlay.tsx'
import { useLook } from '../terminal/look.tsx'
import { TextField } from '../terminal/TextField.tsx'
import { areKept } from '../wizard/kept-answers.ts'
import { bodyRows } from '../wizard/layout.ts'
import { helpSections } from '../wizard/lines/help.ts'
import type { Overlay, WizardState } from '../wizard/state.ts'
import { wouldBeLost } from '../wizard/update/done.ts'
import { reachable } from '../wizard/update/overlay.ts'
import { Prose, Row } from './Row.tsx'

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
          <Prose paragraphs={whatStays(state)} />
        </>
      )
    case 'mfa':
      return (
        <>
          <Prose
            paragraphs={[
              { text: 'AWS wants the six digits of your device.', tone: 'strong' },
              { text: overlay.device },
              { text: '' },
            ]}
          />
          <TextField label="Digits" state={overlay.typed} columns={state.size.columns} focused />
        </>
      )
    case 'confirm':
      return (
        <>
          <Prose paragraphs={[...confirmParagraphs(overlay), { text: '' }]} />
          <TextField
            label={confirmLabels[overlay.about] ?? 'Name'}
            state={overlay.typed}
            columns={state.size.columns}
            focused
          />
        </>
      )
  }
}

const confirmLabels: Readonly<Partial<Record<Extract<Overlay, { kind: 'confirm' }>['about'], string>>> = {
  'send-plain-password': 'Word',
  'let-everybody-knock': 'Network',
}

function confirmParagraphs({ about, word }: Extract<Overlay, { kind: 'confirm' }>): readonly Paragraph[] {
  switch (about) {
    case 'replace-password':
      return [
        { text: `${word} exists. Its password will be replaced.`, tone: 'warn' },
        { text: '' },
        { text: 'Whoever logs in with it now is locked out until told the new password.' },
        { text: 'Type its name to agree; Esc goes back.' },
      ]
    case 'give-up-password':
      return [
        { text: `${word} exists. From now on it comes in by tokens of AWS IAM alone.`, tone: 'warn' },
        { text: '' },
        { text: 'Its password is no longer asked for: whoever logs in with it now is locked out.' },
        { text: 'Type its name to agree; Esc goes back.' },
      ]
    case 'let-everybody-knock':
      return [
        {
          text: `${word.replace(' ', ' and ')} is the whole internet: everybody may try passwords.`,
          tone: 'warn',
        },
        { text: '' },
        {
          text: 'Only the password stands between them and what you chose. Ask the vendor for its addresses first.',
        },
        { text: `Type ${word} to let everybody knock all the same; Esc goes back.` },
      ]
    case 'send-plain-password':
      return [
        {
          text: "This server refuses the password's SCRAM verifier: it has a policy for passwords.",
          tone: 'warn',
        },
        { text: '' },
        {
          text: 'The password itself can be sent instead, over TLS or within this machine only, and in no statement, so that neither the log nor pg_stat_statements has it. The server still sees it, and so does the program that checks its passwords.',
        },
        { text: `Type ${word} to agree; Esc goes back, and nothing is sent.` },
      ]
    case 'keep-or-replace-password':
      return [
        { text: `${word} exists, made by pg-usher: Enter keeps its password.`, tone: 'strong' },
        { text: '' },
        { text: 'To replace the password, type its name.' },
        { text: 'Whoever logs in with it now would be locked out until told the new one. Esc goes back.' },
      ]
  }
}

/** What leaving now would leave behind: on the server, and of the answers. */
function whatStays(state: WizardState): readonly Paragraph[] {
  const kept: readonly Paragraph[] = areKept(state)
    ? [
        { text: '' },
        { text: 'Your answers are kept, without a password: the next start of pg-usher offers them.' },
        { text: 'd leaves and throws them away.' },
      ]
    : []
  return [whatStaysOnServer(state), ...kept]
}

function whatStaysOnServer(state: WizardState): Paragraph {
  const { status, outcome } = state.apply
  if (status === 'running' || status === 'cancelling')
    return {
      text: 'The server is still rolling back: leave only if it does not answer.',
      tone: 'bad',
    }
  if (wouldBeLost(state))
    return {
      text: 'The password was not shown yet, and it is kept nowhere: Esc, then p shows it. Leaving loses it for good.',
      tone: 'bad',
    }
  switch (outcome?.outcome) {
    case 'done':
    case 'done-unproved':
      return { text: 'What was done stays.' }
    case 'failed-changed':
      return { text: 'What could not be taken back stays; it is named again after leaving.', tone: 'warn' }
    default:
      return {
        text:
          state.changedBefore === null
            ? 'Nothing has been changed on the server.'
            : `${state.changedBefore} Nothing else has been changed on the server.`,
      }
  }
}
