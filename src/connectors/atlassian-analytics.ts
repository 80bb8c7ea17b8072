import type { Connector, Source } from './connector.ts'

const page: Source = {
  url: 'https://support.atlassian.com/analytics/docs/connect-to-postgresql/',
  readOn: '2026-11-22',
  note: 'a stored copy without a date',
}

/** Atlassian Analytics: queries chosen tables for charts and dashboards. */
export const atlassianAnalytics = {
  id: 'atlassian-analytics',
  name: 'Atlassian Analytics',
  summary: 'Charts and dashboards: it runs queries on the tables that you choose.',
  needs: 'A login with CONNECT, USAGE on each schema and SELECT on each chosen table; at least one schema.',
  readOnly: true,
  page,
  authentication: ['password'],
  // The page shows one login first (psql), and a group with a login as the way with pgAdmin.
  layouts: ['login', 'group-and-login'],
  roleNames: { group: 'atlassian_read_only', login: 'atlassian_read_only_user' },
  // Nothing less than SELECT is offered: the tool is for queries, and the page names no other tier.
  tiers: [
    {
      tier: 'read',
      privileges: ['SELECT'],
      why: 'Atlassian Analytics queries the tables itself: it asks for SELECT on each of them and nothing more.',
    },
  ],
  checksCertificate: 'not-said',
  addresses: {
    kind: 'published',
    feed: { url: 'https://ip-ranges.atlassian.com', format: 'atlassian-ip-ranges', product: 'analytics' },
    // The union of the page's two lists, in the order of the longer one.
    cidrs: [
      '13.52.5.96/28',
      '13.236.8.224/28',
      '18.136.214.96/28',
      '18.184.99.224/28',
      '18.234.32.224/28',
      '18.246.31.224/28',
      '52.215.192.224/28',
      '104.192.136.240/28',
      '104.192.137.240/28',
      '104.192.138.240/28',
      '104.192.140.240/28',
      '104.192.142.240/28',
      '104.192.143.240/28',
      '185.166.142.240/28',
      '185.166.143.240/28',
    ],
    source: page,
    note: "The page's two lists differ (12 ranges and 15); these are all of them. The list that counts is https://ip-ranges.atlassian.com (direction egress): compare before you rely on this one.",
  },
  forms: [
    {
      authentication: 'password',
      title: 'Atlassian Analytics, PostgreSQL data source',
      fields: [
        { label: 'Hostname or IP', value: { from: 'host' } },
        { label: 'Port', value: { from: 'port' } },
        { label: 'Username', value: { from: 'login' } },
        { label: 'User password', value: { from: 'password' } },
        { label: 'Database name', value: { from: 'database' } },
        { label: 'Schema', value: { from: 'schemas' } },
      ],
    },
  ],
  way: ['Data', 'Add data source', 'PostgreSQL'],
  errata: [
    {
      says: 'The file is pg_bha.conf.',
      wrong: 'There is no such file; a line written into it admits nobody.',
      instead: 'It is pg_hba.conf, at the place that SHOW hba_file names.',
      step: 'network',
    },
    {
      says: 'The setting is listening_addresses.',
      wrong: 'The server knows no parameter of that name and does not start with it.',
      instead: 'It is listen_addresses.',
      step: 'network',
    },
    {
      says: "listen_addresses includes all of Atlassian's IP addresses.",
      wrong:
        "listen_addresses names the server's own interfaces. With foreign addresses alone the server cannot open a socket, and does not start again.",
      instead:
        "Leave it if the server is reachable, else '*' or its own address; who may come in is said in pg_hba.conf.",
      step: 'network',
    },
    {
      says: 'The example separates the ranges with spaces.',
      wrong:
        'The list is separated by commas: with spaces the server stops with "invalid list syntax" at its next start.',
      instead: 'No address of Atlassian belongs there at all.',
      step: 'network',
    },
    {
      says: 'The lines for pg_hba.conf end in md5.',
      wrong: 'md5 is weak and deprecated since PostgreSQL 18.',
      instead: 'scram-sha-256; the password is set as its verifier.',
      step: 'network',
    },
    {
      says: 'The lines begin with host.',
      wrong: 'host also admits connections without TLS, over the open internet.',
      instead: 'hostssl, where the server has TLS on.',
      step: 'network',
    },
    {
      says: 'Two lists of addresses: 13 lines for pg_hba.conf, 15 ranges for listen_addresses.',
      wrong:
        'The first has 13.236.8.224/28 twice and lacks 18.184.99.224/28, 104.192.142.240/28 and 104.192.143.240/28.',
      instead: 'All 15 different ranges; https://ip-ranges.atlassian.com is the list that counts.',
      step: 'network',
    },
    {
      says: 'The user is called atlassian_read_only, and in the lines below atlassian_read_only_user.',
      wrong: 'A pg_hba.conf line for another name admits nobody.',
      instead: 'One name everywhere, the one that you choose here.',
      step: 'authentication',
    },
    {
      says: 'SELECT ... schema_name ... FROM pg_tables generates the GRANT statements.',
      wrong: 'pg_tables has no schema_name and no table_name (they are schemaname and tablename): an error.',
      instead: 'The statements are written from the live catalogue.',
      step: 'tables',
    },
    {
      says: 'The generated GRANT quotes the table and not the schema.',
      wrong: 'A schema with capitals or other marks in its name is not found.',
      instead: 'Schema and table are quoted as quote_ident would.',
      step: 'schemas',
    },
    {
      says: 'pg_tables is the list of what can be granted.',
      wrong: 'It has no views, materialized views or foreign tables.',
      instead: 'Every kind of relation that can be granted is offered.',
      step: 'tables',
    },
    {
      says: 'Nothing about tables made later.',
      wrong: 'A new table stays invisible to the tool without a word.',
      instead:
        '"And tables made later" sets default privileges for the roles that make them, where you choose so.',
      step: 'tables',
    },
    {
      says: 'With pgAdmin, USAGE is needed only if the schema is not public.',
      wrong: 'Where USAGE of PUBLIC on public was revoked, SELECT on its tables is of no use without it.',
      instead: 'USAGE is granted on every chosen schema.',
      step: 'schemas',
    },
    {
      says: "CREATE ROLE ... LOGIN PASSWORD 'secure_password'.",
      wrong:
        'A password written into SQL reaches the log of the server, pg_stat_statements and the history of psql.',
      instead: 'The password is made here; the server is sent its SCRAM-SHA-256 verifier only.',
      step: 'secret',
    },
  ],
} as const satisfies Connector
