import { fieldValue } from '../terminal/form.ts'
import { Spinner } from '../terminal/Spinner.tsx'
import { bodyRows } from '../wizard/layout.ts'
import { linesOf } from '../wizard/lines/line.ts'
import type { WizardState } from '../wizard/state.ts'
import { FormFields } from './FormFields.tsx'
import { Lines } from './Lines.tsx'
import { ProblemRows, Row } from './Row.tsx'

/** Where the password goes. */
export function Secret({ state }: { state: WizardState }) {
  const { form, problems, status, slow, problem, places } = state.secret
  const place = places.find(each => each.answer.store === fieldValue(form, 'store'))
  const words = linesOf(
    (place?.words ?? []).map(text => ({ text, hanging: 2 })),
    state.size.columns,
  )
  return (
    <>
      <Row tone="strong">Where is the new password kept?</Row>
      <Row tone="muted">32 letters and digits, made here; the server gets only its SCRAM verifier.</Row>
      <Row />
      <FormFields
        form={form}
        problems={problems}
        columns={state.size.columns}
        active={state.overlay === null}
        fields={{
          store: {
            label: 'Kept in',
            options: Object.fromEntries(places.map(each => [each.answer.store, each.label])),
          },
          path: { label: 'Path' },
        }}
      />
      <Row />
      <Lines lines={words} top={0} height={Math.min(words.length, Math.max(1, bodyRows(state) - 10))} />
      <Row />
      {status === 'probing' ? (
        <Spinner
          label={
            slow
              ? 'still waiting: a dialog may ask for its password somewhere; Esc goes back'
              : 'writing, reading back and deleting a trial entry'
          }
        />
      ) : null}
      {problem === null ? null : <ProblemRows problem={problem} />}
      {status === 'works' ? (
        <Row tone="good">It works: a trial entry was written, read back and deleted.</Row>
      ) : null}
    </>
  )
}
