import type { OpenSession } from '../../src/postgres/session.ts'

/**
 * As RDS has it: members of rds_iam come in by a token alone, which here is nothing that anybody has. So a member who
 * tries its password is shut out, and that is what must not happen to the administrator.
 */
export const rdsIamHba: readonly string[] = [
  'host all +rds_iam 127.0.0.1/32 reject',
  'local all all scram-sha-256',
  'host all all 127.0.0.1/32 scram-sha-256',
]

/**
 * RDS lets its master user grant rds_iam without being a member of it, which PostgreSQL itself has no way for from 16 on:
 * here a function of the superuser's does it, and stands where the statement was.
 */
export function asOnRds(open: OpenSession): OpenSession {
  const statement = /(GRANT|REVOKE) "?rds_iam"? (?:TO|FROM) ("(?:[^"]|"")+"|\w+)/g
  const onRds = (sql: string) =>
    sql.replace(
      statement,
      (_, verb: string, role: string) =>
        `SELECT public.rds_iam_by_master('${verb}', '${role.replaceAll('"', '')}')`,
    )
  return async request => {
    const session = await open(request)
    return {
      ...session,
      query: (sql, values) => session.query(onRds(sql), values),
      script: (statements, options) =>
        session.script(
          statements.map(each =>
            typeof each === 'string' ? onRds(each) : { ...each, sql: onRds(each.sql) },
          ),
          options,
        ),
    }
  }
}

/** The function, to be made by a superuser in each database. */
export const rdsIamSql = `
CREATE FUNCTION public.rds_iam_by_master(verb text, login text) RETURNS void SECURITY DEFINER LANGUAGE plpgsql
AS $$ BEGIN EXECUTE pg_catalog.format('%s rds_iam %s %I', verb,
  CASE verb WHEN 'GRANT' THEN 'TO' ELSE 'FROM' END, login); END $$`
