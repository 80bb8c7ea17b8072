import { isLocalHost } from '../steps/endpoint.ts'
import { fieldValue } from '../terminal/form.ts'
import type { WizardState } from '../wizard/state.ts'
import { FormFields } from './FormFields.tsx'
import { Row } from './Row.tsx'

/** The host and port that the tool will use. */
export function Endpoint({ state }: { state: WizardState }) {
  const name = state.facts.connector?.name ?? 'the tool'
  const { form, problems } = state.endpoint
  const host = fieldValue(form, 'host')
  return (
    <>
      <Row tone="strong">Where will {name} find this server?</Row>
      <Row tone="muted">As its own network sees it: not a socket, a tunnel or this machine's loopback.</Row>
      <Row />
      <FormFields
        form={form}
        problems={problems}
        columns={state.size.columns}
        active={state.overlay === null}
        fields={{ host: { label: 'Host', placeholder: 'db.example.com' }, port: { label: 'Port' } }}
      />
      <Row />
      {host !== '' && isLocalHost(host) ? (
        <Row tone="warn">This name means the machine itself: only a tool on the same machine can use it.</Row>
      ) : null}
      <Row tone="muted">It stands in the connection form at the end; nothing is connected to now.</Row>
    </>
  )
}
