import { endpointAnswer, suggestEndpoint } from '../../steps/endpoint.ts'
import { fieldValue, form, textInput } from '../../terminal/form.ts'
import type { Key } from '../../terminal/key.ts'
import type { Command } from '../keymap.ts'
import type { QuestionState, WizardState } from '../state.ts'
import { fieldsOfString, isUrl } from './connection-string.ts'
import { formKey } from './form-key.ts'
import { withProblems } from './question.ts'
import { type Update, update, updateTo } from './result.ts'

/** The fields are made once; what was typed stays, also when it was not taken. */
export function enterEndpoint(state: WizardState): Update {
  if (state.endpoint.form.fields.length > 0) return update(state)
  const { endpoint, server } = state.draft
  const input =
    endpoint !== undefined
      ? { host: endpoint.host, port: String(endpoint.port) }
      : server === undefined
        ? { host: '', port: '5432' }
        : suggestEndpoint(server)
  return update({
    ...state,
    endpoint: { form: form([textInput('host', input.host), textInput('port', input.port)]), problems: [] },
  })
}

/** A key on the endpoint's screen; null where it has no meaning there. */
export function endpointKey(state: WizardState, command: Command | null, key: Key): Update | null {
  if (command === 'submit') {
    const fields = state.endpoint.form
    const understood = endpointAnswer({ host: fieldValue(fields, 'host'), port: fieldValue(fields, 'port') })
    if (!understood.ok)
      return update({ ...state, endpoint: withProblems(state.endpoint, understood.problems) })
    return updateTo('authentication', { ...state, draft: { ...state.draft, endpoint: understood.value } })
  }
  if (key.name === 'paste' && isUrl(key.text ?? ''))
    return update({ ...state, endpoint: pasted(state.endpoint, key.text ?? '') })
  const endpoint = formKey(state.endpoint, command, key)
  return endpoint === null ? null : update({ ...state, endpoint })
}

/** Of a URL only the host and the port are an answer here; the rest of it, a password maybe, stands nowhere. */
function pasted(endpoint: QuestionState, text: string): QuestionState {
  const read = fieldsOfString(text)
  if (!read.ok) return withProblems(endpoint, [{ field: 'host', problem: read.problem }])
  const { host = fieldValue(endpoint.form, 'host'), port = fieldValue(endpoint.form, 'port') } =
    read.value.input
  return { form: form([textInput('host', host), textInput('port', port)], 'host'), problems: [] }
}
