import { type NetworkChoice, networkAnswer, networkChoices } from '../../steps/network.ts'
import { stepAfter } from '../../steps/step.ts'
import { choiceInput, type FormState, fieldValue, form, textInput } from '../../terminal/form.ts'
import type { Key } from '../../terminal/key.ts'
import type { Command } from '../keymap.ts'
import { savedNetworkText } from '../lines/network.ts'
import type { QuestionState, WizardState } from '../state.ts'
import { formKey } from './form-key.ts'
import { withProblems } from './question.ts'
import { type Update, update, updateTo } from './result.ts'

/** Enters the question; the fields are made once, from the answers or the vendor's list. */
export function enterNetwork(state: WizardState): Update {
  const { connector } = state.facts
  if (connector === null || state.network.form.fields.length > 0) return update(state)
  const { network } = state.draft
  const from = network?.from ?? networkChoices(connector)[0] ?? 'typed'
  const typed = network?.from === 'typed' ? network.cidrs.join(', ') : ''
  return update(taken({ ...state, network: { form: networkForm(state, from, typed), problems: [] } }))
}

function networkForm(state: WizardState, from: NetworkChoice, typed: string, focus?: string): FormState {
  const choices = state.facts.connector === null ? [] : networkChoices(state.facts.connector)
  return form(
    [choiceInput('from', choices, from), ...(from === 'typed' ? [textInput('typed', typed)] : [])],
    focus,
  )
}

/** A key on the network's screen; null where it has no meaning there. */
export function networkKey(state: WizardState, command: Command | null, key: Key): Update | null {
  const { connector } = state.facts
  if (connector === null) return null
  switch (command) {
    case 'submit': {
      const understood = networkAnswer(inputOf(state.network), connector)
      if (!understood.ok)
        return update({ ...state, network: withProblems(state.network, understood.problems) })
      const draft = { ...state.draft, network: understood.value }
      return updateTo(stepAfter('network', draft), { ...state, draft })
    }
    case 'save':
      return update(state, {
        kind: 'save',
        what: 'network',
        name: 'network.md',
        text: savedNetworkText(state),
      })
    case 'copy':
      return update(state, { kind: 'copy', text: savedNetworkText(state) })
    default: {
      const next = formKey(state.network, command, key)
      if (next === null) return null
      const { from, typed } = inputOf(next)
      const changed = from !== inputOf(state.network).from
      const network = changed
        ? { ...next, form: networkForm(state, from, typed, 'from'), problems: [] }
        : next
      return update(taken({ ...state, network, textTop: changed ? 0 : state.textTop }))
    }
  }
}

/** The text below shows what the fields say now; only an answer without a problem is taken into the draft. */
function taken(state: WizardState): WizardState {
  const { connector } = state.facts
  if (connector === null) return state
  const understood = networkAnswer(inputOf(state.network), connector)
  return understood.ok ? { ...state, draft: { ...state.draft, network: understood.value } } : state
}

function inputOf(network: QuestionState): { readonly from: NetworkChoice; readonly typed: string } {
  const from = fieldValue(network.form, 'from')
  return {
    from: from === 'vendor' || from === 'typed' ? from : 'not-known-yet',
    typed: fieldValue(network.form, 'typed'),
  }
}
