import type { WizardState } from '../wizard/state.ts'
import { Question } from './Question.tsx'

/** The host and port that the tool will use. */
export function Endpoint({ state }: { state: WizardState }) {
  return (
    <Question
      state={state}
      step="endpoint"
      title={`Where will ${state.facts.connector?.name ?? 'the tool'} find this server?`}
      hint="As its own network sees it: not a socket, a tunnel or this machine's loopback."
      fields={{ host: { label: 'Host', placeholder: 'such as db.example.com' }, port: { label: 'Port' } }}
    />
  )
}
