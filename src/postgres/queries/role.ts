/**
 * One role by name ($1). A superuser grants memberships in the name of the bootstrap superuser, whose oid is 10. Memberships are followed to the end; since 16 one that neither inherits nor allows
 * SET ROLE (what a CREATEROLE creator holds by itself) gives nothing and is left out. to_jsonb reads those
 * columns where they exist: earlier versions have none.
 *
 * Default privileges for what it makes later are recorded as its own, and are nothing that it could use.
 *
 * Until 15 CREATEROLE is enough to alter any role that is no superuser and to give membership in it; since 16 it
 * takes ADMIN OPTION on it too, and giving membership needs one that is held or inherited (manual, 21.2).
 */
export const roleSql = `
WITH RECURSIVE me AS (
  SELECT r.* FROM pg_catalog.pg_roles AS r WHERE r.rolname = $1
), membership AS (
  SELECT m.roleid, m.member FROM pg_catalog.pg_auth_members AS m
  WHERE coalesce((pg_catalog.to_jsonb(m) ->> 'inherit_option')::pg_catalog.bool, true)
    OR coalesce((pg_catalog.to_jsonb(m) ->> 'set_option')::pg_catalog.bool, true)
), above AS (
  SELECT m.roleid FROM membership AS m JOIN me ON m.member = me.oid
  UNION
  SELECT m.roleid FROM membership AS m JOIN above AS a ON m.member = a.roleid
), tied AS (
  SELECT m.roleid FROM pg_catalog.pg_auth_members AS m JOIN me ON m.member = me.oid
  UNION
  SELECT m.roleid FROM pg_catalog.pg_auth_members AS m JOIN tied AS t ON m.member = t.roleid
), below AS (
  SELECT m.member FROM membership AS m JOIN me ON m.roleid = me.oid
  UNION
  SELECT m.member FROM membership AS m JOIN below AS b ON m.roleid = b.member
)
SELECT
  me.rolname::pg_catalog.text AS "name",
  me.rolcanlogin AS "canLogin",
  pg_catalog.array_remove(ARRAY[
    CASE WHEN me.rolsuper THEN 'SUPERUSER' END,
    CASE WHEN me.rolcreaterole THEN 'CREATEROLE' END,
    CASE WHEN me.rolcreatedb THEN 'CREATEDB' END,
    CASE WHEN me.rolreplication THEN 'REPLICATION' END,
    CASE WHEN me.rolbypassrls THEN 'BYPASSRLS' END], NULL) AS "elevated",
  me.rolconnlimit AS "connectionLimit",
  -- To the microsecond, since an undo puts it back; model/valid-until.ts reads it.
  CASE WHEN me.rolvaliduntil = '-infinity' THEN '-infinity' WHEN me.rolvaliduntil <> 'infinity' THEN
    pg_catalog.regexp_replace(pg_catalog.to_char(me.rolvaliduntil AT TIME ZONE 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US'), '000$', '') || 'Z'
      || CASE WHEN me.rolvaliduntil < '0001-01-01 00:00:00+00' THEN ' BC' ELSE '' END END AS "validUntil",
  ARRAY(SELECT r.rolname::pg_catalog.text FROM above AS a JOIN pg_catalog.pg_roles AS r ON r.oid = a.roleid
    ORDER BY r.rolname COLLATE "C") AS "memberOf",
  me.rolinherit AS "inherits",
  ARRAY(SELECT r.rolname::pg_catalog.text FROM above AS a JOIN pg_catalog.pg_roles AS r ON r.oid = a.roleid
    WHERE pg_catalog.pg_has_role(me.oid, r.oid, 'USAGE') ORDER BY r.rolname COLLATE "C") AS "inheritsFrom",
  ARRAY(SELECT r.rolname::pg_catalog.text FROM tied AS t JOIN pg_catalog.pg_roles AS r ON r.oid = t.roleid
    ORDER BY r.rolname COLLATE "C") AS "tiedTo",
  ARRAY(SELECT r.rolname::pg_catalog.text FROM pg_catalog.pg_auth_members AS m
    JOIN pg_catalog.pg_roles AS r ON r.oid = m.roleid
    WHERE m.member = me.oid AND m.roleid NOT IN (SELECT a.roleid FROM above AS a)
      AND m.grantor = CASE WHEN admin.rolsuper THEN 10 ELSE admin.oid END
    ORDER BY r.rolname COLLATE "C") AS "idleIn",
  ARRAY(SELECT r.rolname::pg_catalog.text FROM below AS b JOIN pg_catalog.pg_roles AS r ON r.oid = b.member
    ORDER BY r.rolname COLLATE "C") AS "members",
  coalesce((SELECT s.setconfig FROM pg_catalog.pg_db_role_setting AS s
    WHERE s.setrole = me.oid AND s.setdatabase = 0), '{}') AS "settings",
  (SELECT pg_catalog.count(*)::pg_catalog.float8 FROM pg_catalog.pg_shdepend AS d
    WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = me.oid
      AND d.deptype = 'o' AND d.classid <> 'pg_catalog.pg_default_acl'::pg_catalog.regclass) AS "owns",
  (SELECT pg_catalog.count(*)::pg_catalog.float8 FROM pg_catalog.pg_stat_activity AS s
    WHERE s.usesysid = me.oid) AS "sessions",
  pg_catalog.shobj_description(me.oid, 'pg_authid') AS "comment",
  admin.rolsuper OR admin.rolcreaterole AND NOT me.rolsuper AND (
    v.before16 OR pg_catalog.pg_has_role(me.oid, 'MEMBER WITH ADMIN OPTION')) AS "alterable",
  admin.rolsuper OR NOT me.rolsuper AND (
    v.before16 AND (admin.rolcreaterole OR pg_catalog.pg_has_role(me.oid, 'MEMBER WITH ADMIN OPTION'))
    OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m
      WHERE m.roleid = me.oid AND m.admin_option AND pg_catalog.pg_has_role(m.member, 'USAGE'))) AS "givable"
FROM me
JOIN pg_catalog.pg_roles AS admin ON admin.rolname = current_user
CROSS JOIN (SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 AS before16) AS v`
