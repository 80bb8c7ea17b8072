import { readHba } from '../../../src/engine/hba/read-hba.ts'
import type { HbaChange } from '../../../src/model/hba/change.ts'
import { placeHba } from '../../../src/model/hba/place.ts'
import type { NetworkPlan } from '../../../src/plan/network-plan.ts'
import type { Session } from '../../../src/postgres/session.ts'

/** The change of pg_hba.conf that a plan made now would have, by lines for connections with or without TLS. */
export async function changeFor(
  session: Session,
  wanted: {
    readonly login: string
    readonly database: string
    readonly cidrs: readonly string[]
    readonly ownFile?: string
  },
): Promise<HbaChange> {
  const { login, database, cidrs, ownFile } = wanted
  const databases = [database]
  const hba = await readHba(session, { login, group: null, databases })
  const request = { databases, login, cidrs, tls: false, versionNumber: hba.server.versionNumber }
  const placed = placeHba({ ...hba, wanted: request, ...(ownFile === undefined ? {} : { ownFile }) })
  if (!placed.ok) throw new Error(placed.problem.message)
  return {
    kind: 'hba-lines',
    why: 'a test',
    path: hba.path,
    ownFile: ownFile ?? null,
    wanted: request,
    lines: placed.value.lines,
    above: null,
    basis: hba.hash,
    by: hba.by,
  }
}

/** A plan's part with that change. */
export function networkOf(change: HbaChange): NetworkPlan {
  return { ways: [], unread: null, open: false, above: null, withoutTls: null, change }
}
