import { hbaLines } from '../../model/hba/lines.ts'
import { listenAdvice } from '../../model/hba/listen.ts'
import { supportTicket } from '../../plan/ticket.ts'
import { cidrsOf } from '../../steps/network.ts'
import type { LoadedRun } from './load-run.ts'
import type { StillToDo } from './text/todo-text.ts'

/** What is left to a person after an apply: the network. */
export function stillToDo({ answers, connector, facts }: LoadedRun): StillToDo {
  const cidrs = cidrsOf(answers.network)
  return {
    hbaFile: facts.network.hbaFile,
    hbaLines:
      cidrs.length === 0
        ? []
        : hbaLines({
            databases: answers.databases.map(database => database.name),
            login: answers.roles.login,
            cidrs,
            tls: facts.tlsAvailable,
            versionNumber: facts.versionNumber,
          }),
    listen: listenAdvice(facts.network, answers.endpoint),
    ticket: answers.network.from === 'not-known-yet' ? supportTicket(connector, answers) : null,
    tls: facts.tlsAvailable,
  }
}
