/**
 * What the comment of a role of ours says besides its text: which plan and which run wrote it, and how many of
 * the run's transactions were committed. Each transaction writes it together with its changes, so it stands
 * there exactly if they do.
 */
export interface Marker {
  /** The first digits of the plan's hash. */
  readonly plan: string
  readonly attempt: string
  /** The last step that is committed; steps are numbered from 1. */
  readonly step: number
  readonly of: number
}

const pattern = / \(plan ([0-9a-f]+), attempt ([0-9a-f-]+), step (\d+) of (\d+)\)$/

/** Whether a role's comment says that it is one of ours. */
export function isOurComment(comment: string | null): comment is string {
  return comment?.startsWith('pg-usher: ') === true
}

/** The comment with this marker, in place of the one that it may have. */
export function withMarker(comment: string, { plan, attempt, step, of }: Marker): string {
  return `${withoutMarker(comment)} (plan ${plan}, attempt ${attempt}, step ${step} of ${of})`
}

/** The comment's text alone. */
export function withoutMarker(comment: string): string {
  return comment.replace(pattern, '')
}

/** The marker that a comment carries; null where it carries none. */
export function markerOf(comment: string | null): Marker | null {
  const [, plan, attempt, step, of] = comment?.match(pattern) ?? []
  if (plan === undefined || attempt === undefined) return null
  return { plan, attempt, step: Number(step), of: Number(of) }
}
