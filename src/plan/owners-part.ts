import { wantedGrants } from './database-changes.ts'
import type { Plan } from './plan.ts'
import { chosenDatabases, type PlanInput } from './plan-input.ts'

/** What of a plan only one role can grant, as a plan of its own for that role to run. */
export interface OwnersPart {
  readonly owner: string
  readonly plan: Plan
}

/**
 * The grants that this administrator may not make, neither as itself nor as a role that it may become: for each
 * owner its own, sorted by owner. The roles that they name have to be there first.
 * @param whole the plan as somebody would carry it out who may do all of it
 */
export function ownersParts(input: PlanInput, whole: Plan): readonly OwnersPart[] {
  const databases = chosenDatabases(input).map(chosen => ({
    name: chosen.database.name,
    wanted: wantedGrants(input, chosen),
  }))
  const owners = new Set(
    databases.flatMap(({ wanted }) => wanted.flatMap(({ via }) => (via.by === 'nobody' ? [via.owner] : []))),
  )
  return [...owners].toSorted().map(owner => ({
    owner,
    plan: {
      ...whole,
      server: { ...whole.server, user: owner },
      roles: [],
      databases: whole.databases.map(each => ({
        ...each,
        changes: databases
          .filter(({ name }) => name === each.database)
          .flatMap(({ wanted }) => wanted)
          .flatMap(({ via, change }) => (via.by === 'nobody' && via.owner === owner ? [change] : [])),
      })),
      leaving: [],
      opening: [],
      notes: [],
    },
  }))
}
