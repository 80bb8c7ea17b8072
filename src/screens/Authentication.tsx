import { defaultLimits } from '../steps/tool.ts'
import { fieldValue } from '../terminal/form.ts'
import type { WizardState } from '../wizard/state.ts'
import { Question } from './Question.tsx'

/** How the tool signs in, what its roles are called, and what the login may not exceed. */
export function Authentication({ state }: { state: WizardState }) {
  const asDefault = (unit: string, field: 'connectionLimit' | 'statementTimeout') =>
    fieldValue(state.authentication.form, field) === String(defaultLimits[field])
      ? `${unit}; our default`
      : unit
  return (
    <Question
      state={state}
      step="authentication"
      title={`How does ${state.facts.connector?.name ?? 'the tool'} sign in?`}
      fields={{
        method: { label: 'Signs in with', options: { password: 'password', 'aws-iam': 'AWS IAM' } },
        layout: {
          label: 'Privileges on',
          options: { 'group-and-login': 'a group role', login: 'the login itself' },
        },
        group: { label: 'Group role' },
        login: { label: 'Login role' },
        connectionLimit: {
          label: 'Connections',
          placeholder: 'no limit',
          source: asDefault('at most', 'connectionLimit'),
        },
        validUntil: { label: 'Valid until', placeholder: 'no end', source: 'last day, YYYY-MM-DD' },
        statementTimeout: {
          label: 'Statement timeout',
          placeholder: 'none',
          source: asDefault('seconds', 'statementTimeout'),
        },
        readOnly: { label: 'Read-only by default', options: { yes: 'yes', no: 'no' } },
      }}
      busy={state.authentication.waiting ? 'asking the server about the names' : null}
    />
  )
}
