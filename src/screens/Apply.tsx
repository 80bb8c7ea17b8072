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
  switch (apply.outcome?.outcome) {
    case 'done':
      return <Row tone="good">Done, and proved by logging in as the new user.</Row>
    case 'done-unproved':
      return <Row tone="warn">Done; the login is not provable from here.</Row>
    case 'cancelled':
      return <Row tone="warn">Cancelled. Everything was rolled back; nothing is changed.</Row>
    case 'failed-unchanged':
      return <Row tone="bad">Failed. Everything was rolled back; nothing is changed.</Row>
    default:
      return <Row tone="bad">Failed, and not everything could be taken back.</Row>
  }
}
