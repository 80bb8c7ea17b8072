/**
 * The roles that this administrator may become, in one of two ways. SET ROLE asks for the session user's
 * membership (from 16 on for its SET option). ADMIN OPTION, held by a role whose privileges are at hand, lets
 * one make oneself a member (from 16 on; before, it came with the membership); not of a superuser, and not
 * where such a membership by the same hand is there already, which taking it back would end.
 */
export const assumableSql = `
SELECT r.rolname::pg_catalog.text AS "role",
  CASE WHEN a.set THEN 'set-role' ELSE 'grant-self' END AS "by"
FROM pg_catalog.pg_roles AS r
CROSS JOIN pg_catalog.pg_roles AS me
CROSS JOIN LATERAL (
  SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 AS split
) AS v
CROSS JOIN LATERAL (
  SELECT pg_catalog.pg_has_role(session_user, r.oid, CASE WHEN v.split THEN 'SET' ELSE 'MEMBER' END) AS set
) AS a
WHERE me.rolname = current_user AND NOT me.rolsuper AND r.oid <> me.oid
  AND r.rolname <> 'pg_database_owner'
  AND (a.set OR v.split AND NOT r.rolsuper
    AND EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m
      WHERE m.roleid = r.oid AND m.admin_option AND pg_catalog.pg_has_role(m.member, 'USAGE'))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m
      WHERE m.roleid = r.oid AND m.member = me.oid AND pg_catalog.pg_has_role(m.grantor, 'USAGE')))
ORDER BY r.rolname COLLATE "C"`

/**
 * What this administrator may do by itself: the roles whose privileges it has (for a superuser, who has all,
 * none are listed). Asked in the database at hand, whose owner is the one member of pg_database_owner there.
 */
export const adminSql = `
SELECT me.rolname::pg_catalog.text AS "name", me.rolsuper AS "superuser",
  ARRAY(SELECT r.rolname::pg_catalog.text FROM pg_catalog.pg_roles AS r
    WHERE NOT me.rolsuper AND pg_catalog.pg_has_role(r.oid, 'USAGE')) AS "actsAs"
FROM pg_catalog.pg_roles AS me
WHERE me.rolname = current_user`

/** Of the current role and those that it may become, the ones with USAGE on each schema. */
export const enteredBySql = `
WITH assumable AS (${assumableSql})
SELECT n.nspname::pg_catalog.text AS "schema",
  pg_catalog.array_agg(r.rolname::pg_catalog.text ORDER BY r.rolname COLLATE "C") AS "roles"
FROM pg_catalog.pg_namespace AS n
JOIN pg_catalog.pg_roles AS r
  ON r.rolname = current_user OR r.rolname::pg_catalog.text IN (SELECT a."role" FROM assumable AS a)
WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
GROUP BY n.nspname`
