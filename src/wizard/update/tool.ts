import { connectorById } from '../../connectors/connectors.ts'
import { chooseTool } from '../../steps/tool.ts'
import type { WizardState } from '../state.ts'
import { clearedNotice } from './notice.ts'
import { emptyQuestion } from './question.ts'
import { type Update, update, updateTo } from './result.ts'

/** The menu's cursor stands on a tool. */
export function toolHighlighted(state: WizardState, tool: string): Update {
  return update(state.step === 'tool' ? { ...state, tool: { highlighted: tool } } : state)
}

/** A tool was chosen in the menu. */
export function toolChosen(before: WizardState, tool: string): Update {
  const connector = connectorById(tool)
  if (connector === null || before.step !== 'tool' || before.overlay !== null) return update(before)
  const state = before.notice === null ? before : { ...before, notice: null }
  const { draft, cleared } = chooseTool(state.draft, connector)
  const changed = state.facts.connector?.id !== tool
  return updateTo('connection', {
    ...state,
    draft,
    notice: clearedNotice(cleared),
    facts: { ...state.facts, connector },
    // Made anew from the answers, which another tool has changed.
    ...(changed
      ? {
          authentication: { ...state.authentication, ...emptyQuestion },
          network: { ...state.network, ...emptyQuestion },
        }
      : {}),
  })
}
