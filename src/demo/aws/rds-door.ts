import { join } from 'node:path'
import type { Account, InstanceState } from './account.ts'
import { checkToken } from './auth-token.ts'
import { mayConnect } from './may-connect.ts'

/**
 * pg_hba.conf of a server behind a token door. Members of rds_iam come in through the socket alone, where the door
 * has checked their token; a superuser is no member here (PostgreSQL manual, 20.1).
 */
export const behindTokenDoor: readonly string[] = [
  'local all +rds_iam trust',
  'host all +rds_iam 127.0.0.1/32 reject',
  'local all all scram-sha-256',
  'host all all 127.0.0.1/32 scram-sha-256',
]

/** Whether a user comes in by a token alone. */
export const needsTokenSql = `
SELECT NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER') AS needs
FROM pg_catalog.pg_roles AS r, pg_catalog.pg_roles AS g
WHERE r.rolname = $1 AND g.rolname = 'rds_iam'`

/** Where a server's socket is. */
export function socketPathOf(server: { readonly socketDirectory: string; readonly port: number }): string {
  return join(server.socketDirectory, `.s.PGSQL.${server.port}`)
}

/** What RDS asks of a token: that it is one, for this database and user, and that its signer's policies allow it. */
export async function checkAtDoor(
  token: string,
  user: string,
  {
    account,
    instance,
    now = new Date(),
  }: { readonly account: Account; readonly instance: InstanceState; readonly now?: Date },
): Promise<{ readonly good: true } | { readonly good: false; readonly because: string }> {
  const { partition, region, id } = account
  const { host, port, resourceId } = instance
  if (!instance.iam) return { good: false, because: 'IAM authentication is not on' }
  const verdict = checkToken(token, account, { host, port, region, user, now })
  if (!verdict.good) return verdict
  const resource = `arn:${partition}:rds-db:${region}:${id}:dbuser:${resourceId}/${user}`
  return (await mayConnect(account, verdict.signer, resource))
    ? { good: true }
    : { good: false, because: 'its policies do not let it connect' }
}
