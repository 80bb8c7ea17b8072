import type { VendorList } from '../../connectors/vendor-list.ts'
import { withoutComments } from '../../model/cidr.ts'
import type { HbaQuestion, HbaReading } from '../../model/hba/at-hand.ts'
import { listenAdvice } from '../../model/listen/advice.ts'
import type { Result } from '../../model/problem.ts'
import { hbaQuestion } from '../../plan/network-plan.ts'
import {
  addressFileIn,
  applyChoices,
  cidrsOf,
  everybodyIn,
  type ListenChoices,
  listenChoices,
  type NetworkInput,
  networkAnswer,
  networkChoices,
  unlikelyIn,
} from '../../steps/network.ts'
import { stepAfter } from '../../steps/step.ts'
import {
  choiceInput,
  type FormState,
  fieldValue,
  focusedField,
  form,
  textInput,
  withValue,
} from '../../terminal/form.ts'
import type { Key } from '../../terminal/key.ts'
import { fits, textField } from '../../terminal/text-field.ts'
import type { Effect } from '../effect.ts'
import type { Command } from '../keymap.ts'
import { savedNetworkText } from '../lines/network.ts'
import type { WizardState } from '../state.ts'
import { formKey } from './form-key.ts'
import { askForGroups } from './groups.ts'
import { withNotice } from './notice.ts'
import { withProblems } from './question.ts'
import { type Update, update, updateTo } from './result.ts'

/** Enters the question; the fields are made once, from the answers or the vendor's list. */
export function enterNetwork(state: WizardState): Update {
  const { connector } = state.facts
  if (connector === null) return update(state)
  const { hba: former, ...facts } = state.facts
  const { roles, databases } = state.draft
  const question = roles === undefined ? null : hbaQuestion({ roles, databases: databases ?? [] })
  const reads: Effect[] = question === null ? [] : [{ kind: 'read-hba', question }]
  const kept = former !== undefined && sameQuestion(former.question, question) ? { hba: former } : {}
  const fresh = { ...state, facts: { ...facts, ...kept } }
  if (connector.addresses.kind === 'published' && connector.addresses.feed !== undefined)
    if (state.facts.addresses?.tool !== connector.id)
      reads.push({ kind: 'read-addresses', tool: connector.id })
  if (state.network.form.fields.length > 0) return update(fresh, ...reads)
  const { network } = state.draft
  const from = network?.from ?? networkChoices(connector)[0] ?? 'typed'
  const typed = network?.from === 'typed' ? network.cidrs.join(', ') : ''
  const apply =
    network === undefined || network.from === 'not-known-yet' ? 'print' : (network.apply ?? 'print')
  const listen = network === undefined || network.from === 'not-known-yet' ? undefined : network.listen
  const given = { ...fresh, network: { ...state.network, listen: listen ?? null } }
  const form = networkForm(given, { from, typed, apply, listen })
  return update(taken({ ...given, network: { ...given.network, form, problems: [] } }), ...reads)
}

/** The vendor has said where its tool comes from, or nobody was reached. */
export function addressesRead(state: WizardState, tool: string, list: VendorList): Update {
  if (state.facts.connector?.id !== tool) return update(state)
  return update(taken({ ...state, facts: { ...state.facts, addresses: { tool, list } } }))
}

/** A file of addresses stands in the field now, in the place of its path. */
export function addressFileRead(state: WizardState, path: string, read: Result<string>): Update {
  const { network } = state
  if (addressFileIn(inputOf(state)) !== path) return update(state)
  if (!read.ok)
    return update({ ...state, network: withProblems(network, [{ field: 'typed', problem: read.problem }]) })
  return update(
    taken({ ...state, network: { ...network, form: withValue(network.form, 'typed', read.value) } }),
  )
}

/** A person has typed the network of all addresses once more. */
export function everybodyConfirmed(state: WizardState): Update {
  const understood = understandingOf(state)
  const agreedTo = understood?.ok === true ? cidrsOf(understood.value) : null
  return submit({ ...state, overlay: null, network: { ...state.network, agreedTo } })
}

/** pg_hba.conf has been read; an answer to a question of before is not heard. */
export function hbaRead(state: WizardState, question: HbaQuestion, reading: HbaReading): Update {
  const { roles, databases } = state.draft
  const now = roles === undefined ? null : hbaQuestion({ roles, databases: databases ?? [] })
  if (!sameQuestion(question, now)) return update(state)
  const read = { ...state, facts: { ...state.facts, hba: { question, reading } } }
  if (read.network.form.fields.length === 0) return update(read)
  // Only now is it known what could be listened on.
  const focus = focusedField(read.network.form)?.id
  const form = networkForm(read, inputOf(read), focus)
  return update(taken({ ...read, network: { ...read.network, form } }))
}

function sameQuestion(one: HbaQuestion, other: HbaQuestion | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** What can be chosen about listen_addresses, as far as it is known by now, and the value of each choice. */
export function listenChoicesNow({ facts, draft, network }: WizardState): ListenChoices {
  const { server, hba } = facts
  const listening = hba?.reading.read === true ? hba.reading.hba.listening : null
  const advice =
    server === null || draft.endpoint === undefined
      ? null
      : listenAdvice(server.network, draft.endpoint, draft.server ?? null)
  return listenChoices({ server, listening, advice, given: network.listen })
}

function networkForm(
  state: WizardState,
  { from, typed, apply, listen }: NetworkInput,
  focus?: string,
): FormState {
  const { connector, server } = state.facts
  const choices = connector === null ? [] : networkChoices(connector)
  const applies =
    from === 'not-known-yet' ? [] : applyChoices(server, state.draft.authentication?.method ?? 'password')
  const listens = listenChoicesNow(state)
  const [first, ...others] = listens.keys()
  const chosen = [...listens].find(([, value]) => value === (listen ?? null))?.[0] ?? 'leave'
  return form(
    [
      choiceInput('from', choices, from),
      ...(from === 'typed' ? [textInput('typed', typed)] : []),
      ...(applies.length > 1 ? [choiceInput('apply', applies, apply ?? 'print')] : []),
      ...(from !== 'not-known-yet' && first !== undefined && others.length > 0
        ? [choiceInput('listen', [first, ...others], chosen)]
        : []),
    ],
    focus,
  )
}

/** A key on the network's screen; null where it has no meaning there. */
export function networkKey(state: WizardState, command: Command | null, key: Key): Update | null {
  const { connector } = state.facts
  if (connector === null) return null
  switch (command) {
    case 'submit':
      return submit(state)
    case 'save': {
      const refused = refusal(state)
      if (refused !== null) return refused
      return update(state, {
        kind: 'save',
        what: 'network',
        name: 'network.md',
        text: savedNetworkText(state),
      })
    }
    case 'look-up':
      return askForGroups(state)
    case 'copy':
      return refusal(state) ?? update(state, { kind: 'copy', text: savedNetworkText(state) })
    default: {
      const pasted = withoutCommentsPasted(state, key)
      if (pasted === null) return update(withNotice(state, tooLong))
      const next = formKey(state.network, command, pasted)
      if (next === null) return null
      const input = inputOf({ ...state, network: next })
      const changed = input.from !== inputOf(state).from
      const typed = input.typed !== inputOf(state).typed
      const network = {
        ...(changed ? { ...next, form: networkForm(state, input, 'from'), problems: [] } : next),
        ...(changed || typed ? { questioned: null } : {}),
      }
      return update(taken({ ...state, network, textTop: changed ? 0 : state.textTop }))
    }
  }
}

/** Where the fields cannot be understood there is nothing to save or to copy: what is wrong is said. */
function refusal(state: WizardState): Update | null {
  const understood = understandingOf(state)
  if (understood === null || understood.ok) return null
  return update({ ...state, network: withProblems(state.network, understood.problems) })
}

/**
 * The field is one line, so a pasted text loses its comments while it still has lines: afterwards the first # would
 * take all that follows along. Null for a text of which not all would go into the field.
 */
function withoutCommentsPasted({ network }: WizardState, key: Key): Key | null {
  const field = focusedField(network.form)
  if (key.name !== 'paste' || key.text === undefined || field?.id !== 'typed') return key
  const text = withoutComments(key.text)
  return field.kind === 'text' && !fits(field.text, text) ? null : { ...key, text }
}

const tooLong =
  'The pasted text is too long for the field, and nothing of it was taken: put it into a file, and type @ and the path of that file.'

function submit(state: WizardState): Update {
  const input = inputOf(state)
  const path = addressFileIn(input)
  if (path !== null) return update(state, { kind: 'read-address-file', path })
  const understood = understandingOf(state)
  if (understood === null) return update(state)
  if (!understood.ok) return update({ ...state, network: withProblems(state.network, understood.problems) })
  const everybody = everybodyIn(understood.value)
  if (everybody !== null)
    return update({
      ...state,
      overlay: { kind: 'confirm', about: 'let-everybody-knock', word: everybody, typed: textField('') },
    })
  const unlikely = unlikelyIn(understood.value)
  if (unlikely !== null && unlikely !== state.network.questioned)
    return update(
      withNotice(
        { ...state, network: { ...state.network, questioned: unlikely } },
        `Enter again takes these all the same. ${unlikely}`,
      ),
    )
  const draft = { ...state.draft, network: understood.value }
  return updateTo(stepAfter('network', draft), { ...state, draft })
}

function understandingOf(state: WizardState) {
  const { facts } = state
  if (facts.connector === null) return null
  const list = facts.addresses?.tool === facts.connector.id ? facts.addresses.list : null
  return networkAnswer(inputOf(state), facts.connector, list)
}

/** The text below shows what the fields say now: what they said before is no answer any more. */
function taken(state: WizardState): WizardState {
  const understood = understandingOf(state)
  const { network: _former, ...others } = state.draft
  return { ...state, draft: understood?.ok === true ? { ...others, network: understood.value } : others }
}

function inputOf(state: WizardState): NetworkInput {
  const { network } = state
  const apply = fieldValue(network.form, 'apply')
  const from = fieldValue(network.form, 'from')
  return {
    from: from === 'vendor' || from === 'typed' ? from : 'not-known-yet',
    typed: fieldValue(network.form, 'typed'),
    apply: apply === 'write' || apply === 'include' ? apply : 'print',
    listen: listenOf(state),
    agreedTo: network.agreedTo,
  }
}

/** The value that is chosen; while nothing can be chosen, what the answers have. */
function listenOf(state: WizardState): string | undefined {
  const field = fieldValue(state.network.form, 'listen')
  const chosen = [...listenChoicesNow(state)].find(([choice]) => choice === field)
  return (chosen === undefined ? state.network.listen : chosen[1]) ?? undefined
}
