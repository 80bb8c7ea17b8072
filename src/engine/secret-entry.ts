import type { Answers } from '../model/answers.ts'
import type { SecretEntry } from '../secrets/store.ts'

/** Whose secret it is: the login, at the address that the tool uses. */
export function secretEntryOf({
  roles,
  endpoint,
  databases,
}: Pick<Answers, 'roles' | 'endpoint' | 'databases'>): SecretEntry {
  return {
    user: roles.login,
    host: endpoint.host,
    port: endpoint.port,
    databases: databases.map(database => database.name),
  }
}
