import { ProgressLine } from '../terminal/ProgressLine.tsx'
import { Spinner } from '../terminal/Spinner.tsx'
import type { Progress } from '../wizard/state.ts'

export interface EngineProgressProps {
  readonly progress: Progress | null
  /** `rehearsing`, `applying`. */
  readonly doing: string
  readonly columns: number
}

/** How far the engine is: a bar where there is something to count, else what it does. */
export function EngineProgress({ progress, doing, columns }: EngineProgressProps) {
  if (progress === null) return <Spinner label={doing} />
  const label = `${doing}: ${progress.label}`
  return progress.total === 0 ? (
    <Spinner label={label} />
  ) : (
    <ProgressLine {...progress} label={label} columns={columns} />
  )
}
