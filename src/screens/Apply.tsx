import { outcomeWords } from '../engine/report/outcome.ts'
import { Spinner } from '../terminal/Spinner.tsx'
import type { ApplyState, WizardState } from '../wizard/state.ts'
import { EngineProgress } from './EngineProgress.tsx'
import { Row } from './Row.tsx'
import { StepText } from './StepText.tsx'

/** What is being done, what was done, and how it ended. */
export function Apply({ state }: { state: WizardState }) {
  return (
    <>
      <Status apply={state.apply} columns={state.size.columns} />
      <StepText state={state} />
    </>
  )
}

function Status({ apply, columns }: { apply: ApplyState; columns: number }) {
  if (apply.status === 'cancelling') return <Spinner label="cancelling: everything is rolled back" />
  if (apply.status !== 'ended')
    return <EngineProgress progress={apply.progress} doing="applying" columns={columns} />
  if (apply.outcome === null) return null
  const { text, tone } = outcomeWords[apply.outcome.outcome]
  return <Row tone={tone}>{text}</Row>
}
