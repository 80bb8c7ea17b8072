import { Spinner } from '../terminal/Spinner.tsx'
import type { ReviewState, WizardState } from '../wizard/state.ts'
import { EngineProgress } from './EngineProgress.tsx'
import { Row } from './Row.tsx'
import { StepText } from './StepText.tsx'

/** Everything that will happen; nothing has yet. */
export function Review({ state }: { state: WizardState }) {
  return (
    <>
      <Status review={state.review} columns={state.size.columns} />
      <StepText state={state} />
    </>
  )
}

function Status({ review, columns }: { review: ReviewState; columns: number }) {
  switch (review.status) {
    case 'idle':
    case 'planning':
      return <Spinner label="reading the server again and making the plan" />
    case 'planned':
      return review.obstacles.length > 0 ? (
        <Row tone="warn">For another to run: it can be saved, not applied from here.</Row>
      ) : (
        <Row tone="strong">The plan. Nothing has been changed; r rehearses it.</Row>
      )
    case 'refused':
      return <Row tone="bad">No plan can be made of these answers.</Row>
    case 'rehearsing':
      return <EngineProgress progress={review.progress} doing="rehearsing" columns={columns} />
    case 'rehearsed':
      return review.rehearsal?.outcome === 'held' ? (
        <Row tone="good">The rehearsal held and was rolled back. y applies the plan.</Row>
      ) : (
        <Row tone="bad">Rehearsal failed and rolled back. Nothing has been changed.</Row>
      )
  }
}
