import { hbaLines } from '../../model/hba/lines.ts'
import { listenAdvice } from '../../model/listen/advice.ts'
import { awsHandedOver } from '../../plan/aws/handed-over.ts'
import { connectionTest } from '../../plan/connection-test.ts'
import { doorAdvice } from '../../plan/network-text.ts'
import { roleTicket, supportTicket } from '../../plan/ticket.ts'
import { cidrsOf } from '../../steps/network.ts'
import type { LoadedRun } from './load-run.ts'
import type { StillToDo } from './text/todo-text.ts'

/** What is left to a person after an apply: the network, and AWS where it is not asked. */
export function stillToDo({ answers, connector, facts, plan }: LoadedRun): StillToDo {
  const cidrs = cidrsOf(answers.network)
  const door = plan.network
  const managed = facts.provider !== 'self-run'
  const settled = managed || (door !== undefined && (door.open || door.change !== null))
  return {
    hbaFile: facts.network.hbaFile,
    hbaLines:
      cidrs.length === 0 || settled
        ? []
        : hbaLines({
            databases: answers.databases.map(database => database.name),
            login: answers.roles.login,
            cidrs,
            tls: facts.tlsAvailable,
            versionNumber: facts.versionNumber,
          }),
    hbaAdvice:
      door === undefined
        ? 'These lines belong above any wider one; then SELECT pg_reload_conf().'
        : doorAdvice(door),
    listen: managed
      ? null
      : {
          advice: listenAdvice(facts.network, answers.endpoint, answers.server),
          change: plan.listen,
        },
    firewall: plan.firewall ?? null,
    ticket: answers.network.from === 'not-known-yet' ? supportTicket(connector, answers) : null,
    roleTicket: roleTicket(connector, answers, plan.aws),
    aws: awsHandedOver(plan.aws),
    tls: plan.tls ?? null,
    test: connectionTest(connector.name, answers, facts.tlsAvailable),
  }
}
