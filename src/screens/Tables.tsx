import { ruleWords } from '../model/relation-rule.ts'
import { useLook } from '../terminal/look.tsx'
import { countsOf, type PickerState } from '../terminal/picker.ts'
import { Spinner } from '../terminal/Spinner.tsx'
import { accessWords, bytesText, kindText, rowsText, summaryText } from '../wizard/lines/amount.ts'
import { tableParagraphs } from '../wizard/lines/picker.ts'
import type { WizardState } from '../wizard/state.ts'
import { choiceSummary, relationOf } from '../wizard/table-choice.ts'
import { PickerFoot } from './PickerFoot.tsx'
import { PickerView } from './PickerView.tsx'
import { ProblemRows } from './Row.tsx'

/** Columns of the two figures at the right, so that they stand under each other. */
const rowsWidth = 10
const sizeWidth = 9

/** Which tables, with what of them, and whether later ones follow. */
export function Tables({ state }: { state: WizardState }) {
  const { status, problem, picker, columns, later, rules } = state.tables
  const { glyphs } = useLook()
  if (picker === null)
    return problem === null || status === 'reading' ? (
      <Spinner label="reading tables" />
    ) : (
      <ProblemRows problem={problem} />
    )
  const access = state.draft.access ?? 'read'
  return (
    <>
      <PickerView
        picker={picker}
        columns={state.size.columns}
        question={`Which tables? ${accessWords[access].short}`}
        total={summaryText(choiceSummary(state.tables), access)}
        groupRow={group => {
          const owners = later.get(group)
          const rule = rules.get(group)
          const words = [
            ...(columns[group] === null ? [status === 'reading' ? 'being read' : 'not read'] : []),
            ...(rule === undefined || isTakenOut(picker, group) ? [] : [`by rule: ${ruleWords(rule)}`]),
            owners === undefined ? 'l: later tables too' : `and tables made later by ${owners.join(', ')}`,
          ]
          return { note: words.join(', ') }
        }}
        itemRow={item => {
          const relation = relationOf(state.tables, item)
          if (relation === undefined) return { label: '' }
          return {
            label: relation.name,
            detail: [
              ...(relation.kind === 'table' ? [] : [kindText[relation.kind]]),
              `${rowsText(relation.rows).padStart(rowsWidth)}${bytesText(relation.bytes).padStart(sizeWidth)}`,
            ].join(` ${glyphs.separator} `),
            ...(relation.comment === null ? {} : { note: relation.comment }),
            ...(relation.personalData.length === 0
              ? {}
              : { mark: `personal: ${relation.personalData.map(each => each.column).join(', ')}` }),
          }
        }}
      />
      <PickerFoot problem={problem} about={tableParagraphs(state)} />
    </>
  )
}

/** Whether all that could be chosen was taken out: then there is no rule any more. */
function isTakenOut(picker: PickerState, group: number): boolean {
  const { chosen, of } = countsOf(picker, group)
  return chosen === 0 && of > 0
}
