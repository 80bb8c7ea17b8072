/** Everything about the server and this administrator that one round trip can tell. */
export const serverFactsSql = `
SELECT
  pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS "versionNumber",
  pg_catalog.current_setting('server_version') AS "version",
  pg_catalog.pg_is_in_recovery() AS "inRecovery",
  pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool
    OR pg_catalog.current_setting('default_transaction_read_only')::pg_catalog.bool AS "readOnly",
  pg_catalog.pg_backend_pid() AS "processId",
  pg_catalog.current_setting('search_path') AS "searchPath",
  pg_catalog.host(pg_catalog.inet_client_addr()) AS "clientAddress",
  pg_catalog.host(pg_catalog.inet_server_addr()) AS "serverAddress",
  coalesce((SELECT s.ssl FROM pg_catalog.pg_stat_ssl AS s WHERE s.pid = pg_catalog.pg_backend_pid()), false) AS "tls",
  me.rolname::pg_catalog.text AS "name",
  me.rolsuper AS "superuser",
  me.rolcreaterole AS "createRole",
  -- pg_settings leaves out what this administrator may not read, where current_setting() would fail.
  (SELECT pg_catalog.jsonb_object_agg(s.name, s.setting) FROM pg_catalog.pg_settings AS s
    WHERE s.name IN ('listen_addresses', 'port', 'hba_file', 'config_file', 'unix_socket_directories', 'ssl',
      'ssl_library', 'ssl_cert_file', 'ssl_key_file', 'data_directory', 'require_secure_transport',
      'max_locks_per_transaction', 'max_connections', 'max_prepared_transactions')
      OR s.name ~ '^(rds|cloudsql|alloydb|azure|neon|supautils)\\.') AS "settings",
  ARRAY(SELECT r.rolname::pg_catalog.text FROM pg_catalog.pg_roles AS r
    WHERE pg_catalog.pg_has_role(r.oid, 'USAGE') ORDER BY r.rolname COLLATE "C") AS "actsAs",
  ARRAY(SELECT r.rolname::pg_catalog.text FROM pg_catalog.pg_roles AS r
    WHERE r.rolname = ANY ($1::pg_catalog.text[])) AS "providerRoles",
  EXISTS (SELECT FROM pg_catalog.pg_proc AS p WHERE p.proname = 'aurora_version') AS "aurora",
  EXISTS (SELECT FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'heroku_ext') AS "herokuSchema"
FROM pg_catalog.pg_roles AS me
WHERE me.rolname = current_user`

/** For the pooler's probe: which backend answers now. */
export const backendProcessSql = 'SELECT pg_catalog.pg_backend_pid() AS "processId"'
