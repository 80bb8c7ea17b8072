import { bodyRows } from '../wizard/layout.ts'
import { networkLines } from '../wizard/lines/network.ts'
import type { WizardState } from '../wizard/state.ts'
import { FormFields } from './FormFields.tsx'
import { Lines } from './Lines.tsx'
import { Row } from './Row.tsx'

/** Where the tool comes from; below it the lines that let it in, or the ticket that asks for its addresses. */
export function Network({ state }: { state: WizardState }) {
  const { form, problems, top } = state.network
  const name = state.facts.connector?.name ?? 'the tool'
  const above = form.fields.length + problems.length + 2
  return (
    <>
      <Row tone="strong">From which addresses does {name} connect?</Row>
      <FormFields
        form={form}
        problems={problems}
        columns={state.size.columns}
        active={state.overlay === null}
        fields={{
          from: {
            label: 'Addresses',
            options: { vendor: "the vendor's list", typed: 'typed in', 'not-known-yet': 'not known yet' },
          },
          typed: { label: 'Ranges', placeholder: '203.0.113.7, 2001:db8::/48' },
        }}
      />
      <Row />
      <Lines lines={networkLines(state)} top={top} height={Math.max(1, bodyRows(state) - above)} />
    </>
  )
}
