import type { Answers } from '../model/answers.ts'
import { printableName } from '../model/identifier.ts'
import { someNames } from './plan-input.ts'

/**
 * What the vendor's "Test connection" will do, and what only it can show: the way through names, firewalls and
 * routes is not seen from here.
 * @param tls whether the server has it on
 */
export function connectionTest(
  tool: string,
  { endpoint, roles, databases }: Pick<Answers, 'endpoint' | 'roles' | 'databases'>,
  tls: boolean,
): string {
  const names = databases.map(({ name }) => name)
  return `Have ${tool} test its connection: it looks up ${endpoint.host}, connects to port ${endpoint.port}${tls ? ', with TLS' : ''}, and logs in as ${printableName(roles.login)} to ${someNames(names, 3)}. Whether its own addresses get through firewalls and routes to that port is what only this shows.`
}
