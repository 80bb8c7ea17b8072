import { type LeftJournal, leftJournals } from '../../engine/journal.ts'
import { isSameServer, type ServerIdentity, serverAtHand } from '../../engine/server-identity.ts'
import { stateFolder } from '../../engine/state-folder.ts'
import { type LeftUnderWay, leftUnderWay } from '../../engine/under-way.ts'
import { printableName } from '../../model/identifier.ts'
import type { Session } from '../../postgres/session.ts'
import type { CommandIo } from './command-io.ts'

/**
 * Says on standard error what was broken off on this server, a line each, and how to end it. The server is asked
 * only where something was left anywhere.
 * @param command what runs now, as it is noted: of itself it is said that it goes on
 */
export async function tellBrokenOff(
  session: Session,
  server: { readonly host: string; readonly port: number },
  io: CommandIo,
  command: string | null = null,
): Promise<void> {
  const folder = stateFolder(io.env)
  const journals = leftJournals(folder)
  const underWay = leftUnderWay(folder)
  if (journals.length === 0 && underWay.length === 0) return
  const { identity } = (await serverAtHand(session, server)).server
  for (const { begin } of journals.filter(left => isSameServer(left.begin.server, identity)))
    io.stderr.write(journalLine({ begin }))
  tellUnderWay(underWay, identity, io, command)
}

/** The same, of undos and rotations alone. */
export function tellUnderWay(
  underWay: readonly LeftUnderWay[],
  identity: ServerIdentity,
  io: CommandIo,
  command: string | null = null,
): void {
  for (const left of underWay.filter(({ server }) => isSameServer(server, identity)))
    io.stderr.write(underWayLine(left, command))
}

function journalLine({ begin }: Pick<LeftJournal, 'begin'>): string {
  return `Warning: a run for ${printableName(begin.plan.login)} of ${minute(begin.at)} was broken off on this server. Start pg-usher, or apply with its answers: it asks whether to go on with it or to undo it.\n`
}

/** What was broken off, when, and how it is ended, in one line. */
export function underWayLine(
  { kind, login, at, command: noted }: Pick<LeftUnderWay, 'kind' | 'login' | 'at' | 'command'>,
  command: string | null = null,
): string {
  const what = `Warning: ${kind === 'undo' ? 'an undo' : 'a rotation'} for ${printableName(login)} of ${minute(at)} was broken off`
  return noted === command
    ? `${what}; this goes on with it.\n`
    : `${what}. To end it, run it again: ${noted}\n`
}

function minute(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`
}
