import type { WizardState } from '../wizard/state.ts'
import { listenChoicesNow } from '../wizard/update/network.ts'
import { Question } from './Question.tsx'

/** Where the tool comes from; below it the lines that let it in, or the ticket that asks for its addresses. */
export function Network({ state }: { state: WizardState }) {
  return (
    <Question
      state={state}
      step="network"
      title={`From which addresses does ${state.facts.connector?.name ?? 'the tool'} connect?`}
      fields={{
        from: {
          label: 'Addresses',
          options: { vendor: "the vendor's list", typed: 'typed in', 'not-known-yet': 'not known yet' },
        },
        apply: {
          label: 'pg_hba.conf',
          options: {
            print: 'lines are shown, a person adds them',
            write: 'pg-usher adds the lines',
            include: 'pg-usher adds a file of its own',
          },
        },
        listen: {
          label: 'listen_addresses',
          options: Object.fromEntries(
            [...listenChoicesNow(state)].map(([choice, value]) => [choice, value ?? 'left as it is']),
          ),
        },
        typed: { label: 'Ranges', placeholder: 'such as 203.0.113.7, 2001:db8::/48, or @/path/of/a/file' },
      }}
    />
  )
}
