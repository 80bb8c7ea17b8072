import { rdsHost } from '../../model/aws/rds-host.ts'
import type { RdsFound } from '../../plan/firewall/rds.ts'
import type { WizardEvent } from '../event.ts'
import type { GroupsState, WizardState } from '../state.ts'
import { type Update, update } from './result.ts'

/** Nothing was asked. */
export const emptyGroups: GroupsState = { status: 'idle', attempt: 0, host: null, found: null, problem: null }

/**
 * Whether a person can have RDS asked for the database's security groups: where the tool comes in with a password. With
 * IAM it is asked in a step of its own.
 */
export function canAskForGroups({ facts, draft }: Pick<WizardState, 'facts' | 'draft'>): boolean {
  const provider = facts.server?.provider
  const { authentication = { method: 'password' }, network } = draft
  return (
    (provider === 'rds' || provider === 'aurora') &&
    authentication.method === 'password' &&
    network?.from !== 'not-known-yet' &&
    draft.endpoint !== undefined
  )
}

/** What RDS said of this database; null where it was not asked about it. */
export function groupsFoundNow({ network: { groups }, draft }: WizardState): RdsFound | null {
  return groups.host === databaseHost(draft) ? groups.found : null
}

/** Has RDS asked; nothing is asked twice at once. */
export function askForGroups(state: WizardState): Update {
  const host = databaseHost(state.draft)
  const { groups } = state.network
  if (!canAskForGroups(state) || host === null || groups.status === 'asking') return update(state)
  const attempt = groups.attempt + 1
  return update(
    {
      ...state,
      textTop: 0,
      network: {
        ...state.network,
        groups: { status: 'asking', attempt, host, found: null, problem: null },
      },
    },
    { kind: 'find-groups', attempt, host },
  )
}

/** RDS has answered, or not. */
export function groupsFound(
  state: WizardState,
  { attempt, result }: WizardEvent & { kind: 'groups-found' },
): Update {
  const { groups } = state.network
  if (attempt !== groups.attempt || groups.status !== 'asking') return update(state)
  const answered: GroupsState = result.ok
    ? { ...groups, status: 'found', found: result.value }
    : { ...groups, status: 'failed', problem: result.problem }
  const overlay = state.overlay?.kind === 'mfa' ? null : state.overlay
  return update({ ...state, overlay, network: { ...state.network, groups: answered } })
}

/** The name by which RDS may know the database: an alias tells it nothing. */
function databaseHost({ endpoint, server }: WizardState['draft']): string | null {
  if (endpoint === undefined) return null
  return !rdsHost(endpoint.host).ok && server !== undefined && rdsHost(server.host).ok
    ? server.host
    : endpoint.host
}
