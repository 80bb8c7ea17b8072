import { counted } from '../model/counted.ts'
import { chosenCount } from '../terminal/picker.ts'
import { Spinner } from '../terminal/Spinner.tsx'
import { bytesText } from '../wizard/lines/amount.ts'
import { schemaParagraphs } from '../wizard/lines/picker.ts'
import type { WizardState } from '../wizard/state.ts'
import { PickerFoot } from './PickerFoot.tsx'
import { PickerView } from './PickerView.tsx'
import { ProblemRows } from './Row.tsx'

/** Columns of the size, so that sizes stand under each other. */
const sizeWidth = 9

/** Which schemas, in which databases. */
export function Schemas({ state }: { state: WizardState }) {
  const { status, problem, picker } = state.schemas
  if (picker === null)
    return problem === null || status === 'reading' ? (
      <Spinner label="reading databases and schemas" />
    ) : (
      <ProblemRows problem={problem} />
    )
  const schemas = state.facts.databases.flatMap(database => database.schemas)
  return (
    <>
      <PickerView
        picker={picker}
        columns={state.size.columns}
        question="Which schemas may it see into?"
        total={`${chosenCount(picker)} chosen`}
        groupRow={group => {
          const database = state.facts.databases[group]
          if (database?.unread === true) return { note: 'being read' }
          return database?.unreadable == null ? { detail: 'database' } : { note: database.unreadable }
        }}
        itemRow={item => {
          const schema = schemas[item]
          if (schema === undefined) return { label: '' }
          return {
            label: schema.name,
            detail: `${counted(schema.relationCount, 'table')}${bytesText(schema.bytes).padStart(sizeWidth)}`,
            note: [`owner ${schema.owner}`, schema.comment].filter(Boolean).join(`, `),
          }
        }}
      />
      <PickerFoot problem={problem} about={schemaParagraphs(state)} />
    </>
  )
}
