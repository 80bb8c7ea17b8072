import { ProgressLine } from '../terminal/ProgressLine.tsx'
import { Spinner } from '../terminal/Spinner.tsx'
import { bodyRows } from '../wizard/layout.ts'
import { applyLines } from '../wizard/lines/apply.ts'
import type { ApplyState, WizardState } from '../wizard/state.ts'
import { Lines } from './Lines.tsx'
import { Row } from './Row.tsx'

/** What is being done, what was done, and how it ended. */
export function Apply({ state }: { state: WizardState }) {
  return (
    <>
      <Status apply={state.apply} columns={state.size.columns} />
      <Row />
      <Lines lines={applyLines(state)} top={state.apply.top} height={bodyRows(state) - 2} />
    </>
  )
}

function Status({ apply, columns }: { apply: ApplyState; columns: number }) {
  if (apply.status === 'cancelling') return <Spinner label="cancelling: everything is rolled back" />
  if (apply.status !== 'ended')
    return apply.progress === null || apply.progress.total === 0 ? (
      <Spinner label="applying" />
    ) : (
      <ProgressLine {...apply.progress} columns={columns} />
    )
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
