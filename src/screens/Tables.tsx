import { useLook } from '../terminal/look.tsx'
import { chosenItems } from '../terminal/picker.ts'
import { Spinner } from '../terminal/Spinner.tsx'
import { accessWords, bytesText, countText, kindText, rowsText } from '../wizard/lines/amount.ts'
import { tableParagraphs } from '../wizard/lines/picker.ts'
import type { WizardState } from '../wizard/state.ts'
import { PickerFoot } from './PickerFoot.tsx'
import { PickerView } from './PickerView.tsx'
import { ProblemRows } from './Row.tsx'

/** Columns of the two figures at the right, so that they stand under each other. */
const rowsWidth = 10
const sizeWidth = 9

/** Which tables, with what of them, and whether later ones follow. */
export function Tables({ state }: { state: WizardState }) {
  const { status, problem, picker, relations, later } = state.tables
  const { glyphs } = useLook()
  if (picker === null)
    return problem === null || status === 'reading' ? (
      <Spinner label="reading tables and columns" />
    ) : (
      <ProblemRows problem={problem} />
    )
  const chosen = chosenItems(picker)
  const personal = chosen.reduce((sum, item) => sum + (relations[item]?.personalData.length ?? 0), 0)
  const access = state.draft.access ?? 'read'
  return (
    <>
      <PickerView
        picker={picker}
        columns={state.size.columns}
        question={`Which tables? ${accessWords[access].short}`}
        total={[
          countText(chosen.length, 'table'),
          ...(personal === 0 ? [] : [`${countText(personal, 'column')} of personal data`]),
        ].join(', ')}
        groupRow={group => {
          const owners = later.get(group)
          return owners === undefined
            ? { note: 'l: later tables too' }
            : { note: `and tables made later by ${owners.join(', ')}` }
        }}
        itemRow={item => {
          const relation = relations[item]
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
