import { ProgressLine } from '../terminal/ProgressLine.tsx'
import { Spinner } from '../terminal/Spinner.tsx'
import { scrollPosition } from '../terminal/scroll-text.ts'
import { rowsBelow } from '../wizard/layout.ts'
import { reviewLines } from '../wizard/lines/review.ts'
import type { ReviewState, WizardState } from '../wizard/state.ts'
import { reviewFixedRows } from '../wizard/update/review.ts'
import { Lines } from './Lines.tsx'
import { Row } from './Row.tsx'

/** Everything that will happen; nothing has yet. */
export function Review({ state }: { state: WizardState }) {
  const { review } = state
  const lines = reviewLines(state)
  const height = rowsBelow(state, reviewFixedRows)
  return (
    <>
      <Status review={review} columns={state.size.columns} />
      <Lines lines={lines} top={review.top} height={height} />
      <Row tone="muted">{scrollPosition(review.top, { count: lines.length, height })}</Row>
    </>
  )
}

function Status({ review, columns }: { review: ReviewState; columns: number }) {
  switch (review.status) {
    case 'idle':
    case 'planning':
      return <Spinner label="reading the server again and making the plan" />
    case 'planned':
      return <Row tone="strong">The plan. Nothing has been changed; r rehearses it.</Row>
    case 'refused':
      return <Row tone="bad">No plan can be made of these answers.</Row>
    case 'rehearsing':
      return review.progress === null ? (
        <Spinner label="rehearsing" />
      ) : (
        <ProgressLine {...review.progress} label={`rehearsing: ${review.progress.label}`} columns={columns} />
      )
    case 'rehearsed':
      return review.rehearsal?.outcome === 'held' ? (
        <Row tone="good">The rehearsal held and was rolled back. y applies the plan.</Row>
      ) : (
        <Row tone="bad">The rehearsal failed and was rolled back. Nothing has been changed.</Row>
      )
  }
}
