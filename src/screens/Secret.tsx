import { hasAccessKey } from '../plan/iam-login.ts'
import type { SecretState, WizardState } from '../wizard/state.ts'
import { Question } from './Question.tsx'

/** Where the password goes. */
export function Secret({ state }: { state: WizardState }) {
  const { places } = state.secret
  const key = hasAccessKey(state.draft)
  return (
    <Question
      state={state}
      step="secret"
      title={key ? "Where is the access key's secret kept?" : 'Where is the new password kept?'}
      hint={
        key
          ? 'AWS gives it once, when the key is made.'
          : '32 letters and digits, made here; the server gets only its SCRAM verifier.'
      }
      fields={{
        store: {
          label: 'Kept in',
          options: Object.fromEntries(places.map(each => [each.answer.store, each.label])),
        },
        path: { label: 'Path' },
        service: { label: 'Service', placeholder: 'none in pg_service.conf' },
        folder: { label: 'Folder' },
        lock: {
          label: 'Encrypted',
          options: { passphrase: 'with a passphrase', recipient: 'for a public key' },
        },
        passphrase: { label: 'Passphrase', masked: true, source: 'never kept' },
        again: { label: 'Once more', masked: true },
        recipient: { label: 'Public key', placeholder: 'such as age1...' },
        identity: { label: 'Its private key', placeholder: 'a file; none: it cannot be read here' },
      }}
      busy={busyWords(state.secret)}
    />
  )
}

function busyWords({ status, slow }: SecretState): string | null {
  if (status !== 'probing') return null
  return slow
    ? 'still waiting: a dialog may ask for its password somewhere; Esc goes back'
    : 'writing, reading back and deleting a trial entry'
}
