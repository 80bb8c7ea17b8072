import type { Answers, SecretAnswer, ServerAnswer } from '../model/answers.ts'
import type { Plan } from '../plan/plan.ts'
import type { SchemaName } from '../steps/schemas.ts'
import type { Ending } from './state.ts'

/** What a step asks for; run-effect.ts carries it out and answers with an event. */
export type Effect =
  | {
      readonly kind: 'connect'
      readonly attempt: number
      readonly server: ServerAnswer
      readonly password: string | null
    }
  | { readonly kind: 'read-databases' }
  | { readonly kind: 'read-roles'; readonly names: readonly string[] }
  | { readonly kind: 'read-relations'; readonly schemas: readonly SchemaName[] }
  | { readonly kind: 'probe-store'; readonly attempt: number; readonly answer: SecretAnswer }
  | { readonly kind: 'make-plan'; readonly answers: Answers }
  | { readonly kind: 'rehearse'; readonly plan: Plan }
  | { readonly kind: 'apply'; readonly plan: Plan; readonly answers: Answers }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'read-password'; readonly answers: Answers }
  | { readonly kind: 'hide-password-later' }
  | {
      readonly kind: 'save'
      readonly what: 'sql' | 'network' | 'form'
      readonly text: string
      readonly name: string
    }
  | { readonly kind: 'save-answers'; readonly answers: Answers }
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'end'; readonly ending: Ending }
