import { Spinner } from '../terminal/Spinner.tsx'
import { bodyRows } from '../wizard/layout.ts'
import { authenticationLines } from '../wizard/lines/authentication.ts'
import type { WizardState } from '../wizard/state.ts'
import { FormFields } from './FormFields.tsx'
import { Lines } from './Lines.tsx'
import { ProblemRows, Row } from './Row.tsx'

/** How the tool signs in, what its roles are called, and what the login may not exceed. */
export function Authentication({ state }: { state: WizardState }) {
  const { form, problems, waiting, lookUpProblem } = state.authentication
  const above = form.fields.length + problems.length + 3
  return (
    <>
      <Row tone="strong">How does {state.facts.connector?.name ?? 'the tool'} sign in?</Row>
      <FormFields
        form={form}
        problems={problems}
        columns={state.size.columns}
        active={state.overlay === null}
        fields={{
          method: { label: 'Signs in with', options: { password: 'password', 'aws-iam': 'AWS IAM' } },
          layout: {
            label: 'Privileges on',
            options: { 'group-and-login': 'a group role', login: 'the login itself' },
          },
          group: { label: 'Group role' },
          login: { label: 'Login role' },
          connectionLimit: { label: 'Connections', placeholder: 'no limit', source: 'at most; our default' },
          validUntil: { label: 'Valid until', placeholder: 'no end', source: 'last day, YYYY-MM-DD' },
          statementTimeout: {
            label: 'Statement timeout',
            placeholder: 'none',
            source: 'seconds; our default',
          },
          readOnly: { label: 'Read-only by default', options: { yes: 'yes', no: 'no' } },
        }}
      />
      <Row />
      {waiting ? <Spinner label="asking the server about the names" /> : null}
      {lookUpProblem === null ? null : <ProblemRows problem={lookUpProblem} />}
      <Lines lines={authenticationLines(state)} top={0} height={Math.max(1, bodyRows(state) - above)} />
    </>
  )
}
