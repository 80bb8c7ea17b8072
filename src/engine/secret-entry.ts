import type { Answers } from '../model/answers.ts'
import type { Plan } from '../plan/plan.ts'
import type { SecretEntry } from '../secrets/store.ts'
import { keyEntry } from './aws/key-entry.ts'

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

/** Whose secret the tool logs in with: the login's, or the access key's. For a role there is none, and the login's stands for it. */
export function keptEntryOf(answers: Answers, { aws }: Pick<Plan, 'aws'>, keyId: string | null): SecretEntry {
  return aws === undefined || keyId === null
    ? secretEntryOf(answers)
    : keyEntry(aws.target, aws.principal.name, keyId)
}
