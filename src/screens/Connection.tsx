import { tlsModes } from '../steps/connection.ts'
import type { ConnectionState, WizardState } from '../wizard/state.ts'
import { Question } from './Question.tsx'

const tlsWords = Object.fromEntries(tlsModes.map(({ mode, label }) => [mode, label]))

/** How the administrator reaches the server; below it what the server is, or why it did not let us in. */
export function Connection({ state }: { state: WizardState }) {
  const { sources, status } = state.connection
  const look = (id: string, label: string) => ({
    label,
    ...(sources[id] === undefined ? {} : { source: sourceWords(sources[id]) }),
  })
  return (
    <Question
      state={state}
      step="connection"
      title="How do you reach the server as an administrator?"
      hint="A URL (postgresql://...) may be pasted into Host."
      fields={{
        host: look('host', 'Host'),
        port: look('port', 'Port'),
        database: look('database', 'Database'),
        user: look('user', 'User'),
        tls: { ...look('tls', 'TLS'), options: tlsWords },
        caFile: { ...look('caFile', 'CA file'), placeholder: "the system's own" },
        password: { label: 'Password', masked: true, source: 'used now, never kept' },
      }}
      busy={busyWords[status]}
    />
  )
}

/** Where a value is from, in words; what is nobody's is ours. */
function sourceWords(source: string): string {
  switch (source) {
    case 'default':
      return source
    case 'answers':
    case 'command line':
      return `from the ${source}`
    case 'pasted':
      return 'from what was pasted'
    default:
      return `from ${source}`
  }
}

const busyWords: Readonly<Record<ConnectionState['status'], string | null>> = {
  idle: null,
  connecting: 'connecting',
  reading: 'connected; reading its databases',
  connected: null,
}
