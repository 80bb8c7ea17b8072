import type { ListenAdvice } from '../../model/listen/advice.ts'
import type { FilledForm } from '../form.ts'
import type { Plan } from '../plan.ts'
import type { SupportTicket } from '../ticket.ts'

/** A plan with what belongs to it outside the database, for a file that a person or a program reads. */
export interface PlanDocument {
  readonly plan: Plan
  /** Lines for pg_hba.conf; empty while the addresses are not known. */
  readonly hba?: readonly string[]
  readonly listen?: ListenAdvice
  readonly ticket?: SupportTicket | null
  /** Tells the vendor the role of AWS, and asks who will assume it. */
  readonly roleTicket?: SupportTicket | null
  readonly forms?: readonly FilledForm[]
}
