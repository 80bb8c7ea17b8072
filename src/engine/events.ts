import type { Problem } from '../model/problem.ts'

/** The parts of a rehearsal or an apply, in the order in which they come. `undo` comes only after a failure. */
export type Phase =
  | 'knock'
  | 'secret'
  | 'roles'
  | 'database'
  | 'probe'
  | 'login'
  /** In place of `login`, where the tool comes in by AWS IAM. */
  | 'iam-login'
  | 'proof'
  /** In place of `proof`, where it is known that nobody can log in from here. */
  | 'assumed-proof'
  | 'door'
  | 'listen'
  | 'end'
  | 'undo'

/** What the engine tells while it works; for a progress line, never for a decision. */
export type EngineEvent =
  /** A part begins; `database` where it concerns one. */
  | { readonly kind: 'phase'; readonly phase: Phase; readonly database: string | null }
  /** So many relations of so many are granted, probed or proved in this part. */
  | {
      readonly kind: 'progress'
      readonly phase: Phase
      readonly database: string
      readonly done: number
      readonly total: number
    }
  /** A transaction gave way to another session and is run again. `attempt` counts from 1. */
  | { readonly kind: 'retry'; readonly attempt: number; readonly of: number; readonly problem: Problem }
  /** A change in AWS begins. */
  | { readonly kind: 'aws-change'; readonly title: string }
  /** It takes longer, for this reason; told again at each look. */
  | { readonly kind: 'aws-waiting'; readonly title: string; readonly because: string }

export type OnEngineEvent = (event: EngineEvent) => void
