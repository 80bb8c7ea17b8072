import type { HbaQuestion, HbaReading } from '../../model/hba/at-hand.ts'
import { hbaQuestion } from '../../plan/network-plan.ts'
import { applyChoices, type NetworkInput, networkAnswer, networkChoices } from '../../steps/network.ts'
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
  if (connector === null) return update(state)
  const { hba: former, ...facts } = state.facts
  const { roles, databases } = state.draft
  const question = roles === undefined ? null : hbaQuestion({ roles, databases: databases ?? [] })
  const reads = question === null ? [] : [{ kind: 'read-hba', question } as const]
  const kept = former !== undefined && sameQuestion(former.question, question) ? { hba: former } : {}
  const fresh = { ...state, facts: { ...facts, ...kept } }
  if (state.network.form.fields.length > 0) return update(fresh, ...reads)
  const { network } = state.draft
  const from = network?.from ?? networkChoices(connector)[0] ?? 'typed'
  const typed = network?.from === 'typed' ? network.cidrs.join(', ') : ''
  const apply =
    network === undefined || network.from === 'not-known-yet' ? 'print' : (network.apply ?? 'print')
  const form = networkForm(state, { from, typed, apply })
  return update(taken({ ...fresh, network: { form, problems: [] } }), ...reads)
}

/** pg_hba.conf has been read; an answer to a question of before is not heard. */
export function hbaRead(state: WizardState, question: HbaQuestion, reading: HbaReading): Update {
  const { roles, databases } = state.draft
  const now = roles === undefined ? null : hbaQuestion({ roles, databases: databases ?? [] })
  if (!sameQuestion(question, now)) return update(state)
  return update({ ...state, facts: { ...state.facts, hba: { question, reading } } })
}

function sameQuestion(one: HbaQuestion, other: HbaQuestion | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function networkForm(state: WizardState, { from, typed, apply }: NetworkInput, focus?: string): FormState {
  const { connector, server } = state.facts
  const choices = connector === null ? [] : networkChoices(connector)
  const applies =
    from === 'not-known-yet' ? [] : applyChoices(server, state.draft.authentication?.method ?? 'password')
  return form(
    [
      choiceInput('from', choices, from),
      ...(from === 'typed' ? [textInput('typed', typed)] : []),
      ...(applies.length > 1 ? [choiceInput('apply', applies, apply ?? 'print')] : []),
    ],
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
      const input = inputOf(next)
      const changed = input.from !== inputOf(state.network).from
      const network = changed ? { ...next, form: networkForm(state, input, 'from'), problems: [] } : next
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

function inputOf(network: QuestionState): NetworkInput {
  const apply = fieldValue(network.form, 'apply')
  const from = fieldValue(network.form, 'from')
  return {
    from: from === 'vendor' || from === 'typed' ? from : 'not-known-yet',
    typed: fieldValue(network.form, 'typed'),
    apply: apply === 'write' || apply === 'include' ? apply : 'print',
  }
}
