import { tlsModes } from '../steps/connection.ts'
import { Spinner } from '../terminal/Spinner.tsx'
import { bodyRows } from '../wizard/layout.ts'
import { connectionLines } from '../wizard/lines/connection.ts'
import type { WizardState } from '../wizard/state.ts'
import { FormFields } from './FormFields.tsx'
import { Lines } from './Lines.tsx'
import { ProblemRows, Row } from './Row.tsx'

const tlsWords = Object.fromEntries(tlsModes.map(({ mode, label }) => [mode, label]))

/** How the administrator reaches the server; below it what the server is, or why it did not let us in. */
export function Connection({ state }: { state: WizardState }) {
  const { form, problems, sources, status, problem } = state.connection
  const look = (id: string, label: string) => ({
    label,
    ...(sources[id] === undefined ? {} : { source: sources[id] }),
  })
  return (
    <>
      <Row tone="strong">How do you reach the server as an administrator?</Row>
      <Row tone="muted">A URL (postgresql://…) may be pasted into Host.</Row>
      <FormFields
        form={form}
        problems={problems}
        columns={state.size.columns}
        active={state.overlay === null}
        fields={{
          host: look('host', 'Host'),
          port: look('port', 'Port'),
          database: look('database', 'Database'),
          user: look('user', 'User'),
          tls: { ...look('tls', 'TLS'), options: tlsWords },
          caFile: { ...look('caFile', 'CA file'), placeholder: "the system's own" },
          password: { label: 'Password', masked: true, source: 'used now, never kept' },
        }}
      />
      <Row />
      {status === 'connecting' ? <Spinner label="connecting" /> : null}
      {status === 'reading' ? <Spinner label="connected; reading its databases" /> : null}
      {problem === null ? null : <ProblemRows problem={problem} />}
      {status === 'connected' || status === 'reading' ? (
        <Lines
          lines={connectionLines(state)}
          top={0}
          height={Math.max(1, bodyRows(state) - form.fields.length - 4)}
        />
      ) : null}
    </>
  )
}
