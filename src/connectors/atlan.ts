import type { Connector, Source } from './connector.ts'

const page: Source = {
  url: 'https://docs.atlan.com/apps/connectors/database/postgresql/how-tos/set-up-postgresql',
  readOn: '2026-11-22',
  note: 'a stored copy, whose copyright line says 2025',
}

// The labels of the form and the way to it are from the page that comes after it, read on the same day:
// https://docs.atlan.com/apps/connectors/database/postgresql/how-tos/crawl-postgresql

/** Atlan: crawls metadata, and where rows may be read also previews and queries them. */
export const atlan = {
  id: 'atlan',
  name: 'Atlan',
  summary: 'A data catalogue: it crawls schemas, tables, columns and keys.',
  needs: 'A role with USAGE on each schema, REFERENCES for keys, and SELECT only for previews and queries.',
  readOnly: true,
  page,
  authentication: ['password', 'aws-iam'],
  layouts: ['group-and-login', 'login'],
  roleNames: { group: 'atlan_user_role', login: 'atlan_user' },
  tiers: [
    {
      tier: 'read',
      privileges: ['SELECT', 'REFERENCES'],
      why: 'Atlan asks for SELECT to preview and query data, and for REFERENCES with it: information_schema shows keys only to a role that holds more than SELECT.',
    },
    {
      tier: 'metadata',
      privileges: ['REFERENCES'],
      why: 'Atlan crawls information_schema. REFERENCES shows it tables, columns and keys without a single row.',
    },
    {
      tier: 'usage',
      privileges: [],
      why: "This is all that Atlan's page calls required: USAGE, to reach a schema and fetch metadata.",
    },
  ],
  checksCertificate: 'not-said',
  addresses: {
    kind: 'by-ticket',
    source: {
      url: 'https://docs.atlan.com/support/submit-request',
      readOn: '2026-11-22',
      note: 'Atlan publishes no list; its addresses differ from tenant to tenant and come by ticket',
    },
    ticket: {
      subject: 'Egress IP addresses of our tenant, for a PostgreSQL connection',
      body: [
        'We are connecting PostgreSQL to Atlan (direct extraction) and admit connections by address.',
        'Please tell us every IP address or CIDR range that our tenant connects from, IPv4 and IPv6, and how we learn of changes to them.',
        'Our server: {endpoint}. Databases: {databases}. Login: {login}.',
        'Please tell us too whether your connector uses TLS towards PostgreSQL and whether it checks the certificate of the server.',
      ],
    },
  },
  roleTicket: {
    source: {
      url: 'https://docs.atlan.com/support/submit-request',
      readOn: '2026-11-22',
      note: 'the page has the ARNs exchanged by ticket',
    },
    subject: 'IAM role for a PostgreSQL connection: ARN of your node instance role',
    body: [
      'We are connecting PostgreSQL on Amazon RDS to Atlan (direct extraction, IAM role).',
      'The role for you to assume is {role}. Until we know who you are, its trust policy lets nobody in.',
      'Please tell us the ARN of the node instance role of the EKS cluster that our tenant runs on, which will assume it.',
      'External ID: {externalId}',
      'Our server: {endpoint}. Databases: {databases}. Login: {login}.',
    ],
  },
  forms: [
    {
      authentication: 'password',
      title: 'Atlan, PostgreSQL credential (Direct)',
      fields: [
        { label: 'Host', value: { from: 'host' } },
        { label: 'Port', value: { from: 'port' } },
        { label: 'Authentication', value: { from: 'fixed', text: 'Basic' } },
        { label: 'Username', value: { from: 'login' } },
        { label: 'Password', value: { from: 'password' } },
        { label: 'Database', value: { from: 'database' } },
      ],
    },
    {
      authentication: 'aws-iam',
      way: 'user',
      title: 'Atlan, PostgreSQL credential (Direct)',
      fields: [
        { label: 'Host', value: { from: 'host' } },
        { label: 'Port', value: { from: 'port' } },
        { label: 'Authentication', value: { from: 'fixed', text: 'IAM User' } },
        { label: 'AWS Access Key', value: { from: 'aws-key-id' } },
        { label: 'AWS Secret Key', value: { from: 'aws-key-secret' } },
        { label: 'Database Username', value: { from: 'login' } },
        { label: 'AWS Region', value: { from: 'aws-region' } },
        { label: 'RDS Port', value: { from: 'port' } },
        { label: 'Database', value: { from: 'database' } },
      ],
    },
    {
      authentication: 'aws-iam',
      way: 'role',
      title: 'Atlan, PostgreSQL credential (Direct)',
      fields: [
        { label: 'Host', value: { from: 'host' } },
        { label: 'Port', value: { from: 'port' } },
        { label: 'Authentication', value: { from: 'fixed', text: 'IAM Role' } },
        { label: 'Database Username', value: { from: 'login' } },
        { label: 'AWS Role ARN', value: { from: 'aws-role-arn' } },
        { label: 'AWS External ID', value: { from: 'aws-external-id' } },
        { label: 'AWS Region', value: { from: 'aws-region' } },
        { label: 'RDS Port', value: { from: 'port' } },
        { label: 'Database', value: { from: 'database' } },
      ],
    },
  ],
  way: ['New', 'New Workflow', 'Postgres Assets', 'Setup Workflow', 'Direct'],
  errata: [
    {
      says: 'USAGE lets Atlan fetch the metadata in INFORMATION_SCHEMA.',
      wrong:
        'With USAGE alone information_schema shows no table and no column: 0 rows, measured on 14, 16 and 18.',
      instead: 'The tier "metadata" adds REFERENCES, which shows tables, columns and keys and no rows.',
      step: 'tables',
    },
    {
      says: 'GRANT SELECT, REFERENCES ON ALL TABLES IN SCHEMA.',
      wrong: 'It opens every table of the schema, those with personal data too.',
      instead: 'Only the chosen tables are granted, by name.',
      step: 'tables',
    },
    {
      says: 'Nothing about tables made later.',
      wrong: 'A grant on all tables covers those that exist; a new table stays invisible without a word.',
      instead:
        '"And tables made later" sets default privileges for the roles that make them, where you choose so.',
      step: 'tables',
    },
    {
      says: 'USAGE on the schema is the required privilege.',
      wrong: "There is no GRANT CONNECT: where PUBLIC's CONNECT was revoked the login cannot come in.",
      instead: 'CONNECT is granted on each chosen database.',
      step: 'schemas',
    },
    {
      says: "CREATE USER atlan_user password '<pass>'.",
      wrong:
        'A password written into SQL reaches the log of the server, pg_stat_statements and the history of psql.',
      instead: 'The password is made here; the server is sent its SCRAM-SHA-256 verifier only.',
      step: 'secret',
    },
    {
      says: 'The trust policy has a comma after "sts:AssumeRole".',
      wrong: 'A trailing comma is not JSON: AWS refuses the document.',
      instead: 'The document is built, not copied, and read back after it is sent.',
      step: 'aws',
    },
    {
      says: 'The trust policy has no condition on sts:ExternalId, while the form has an AWS External ID.',
      wrong: 'An external ID that no condition asks for protects nothing.',
      instead: 'Where you give an external ID, the trust policy asks for it.',
      step: 'aws',
    },
    {
      says: 'GRANT atlan_user_role, rds_iam TO the user.',
      wrong:
        'On PostgreSQL 16 and later the administrator who made the user becomes a member of rds_iam through it, and may then no longer come in with a password.',
      instead:
        'The login is made through a role that goes at once, and a second session of yours is proved while the first is held.',
      step: 'authentication',
    },
    {
      says: 'Apply the changes immediately, when IAM authentication is enabled.',
      wrong: 'That applies everything that waits for the maintenance window too, and may restart the server.',
      instead: 'What would be applied with it is named before; what has come to wait since then stops it.',
      step: 'aws',
    },
    {
      says: 'The resource of the policy begins with arn:aws:rds-db.',
      wrong:
        'In China and GovCloud it begins with arn:aws-cn and arn:aws-us-gov; as it stands it allows nothing there.',
      instead: 'Partition, region and account are those of the ARN that RDS gave the database.',
      step: 'aws',
    },
    {
      says: 'Replace {{resource-id}} with the resource ID.',
      wrong:
        "It does not say which: for Aurora it is the cluster's (cluster-...), and a policy on an instance's (db-...) lets nobody in.",
      instead: "RDS is asked, and for Aurora the cluster's is taken, whichever of its names was given.",
      step: 'aws',
    },
    {
      says: "The preflight check's message asks for SELECT, SHOW VIEW and EXECUTE.",
      wrong: 'SHOW VIEW is a privilege of MySQL; PostgreSQL has none of that name.',
      instead: 'SELECT on a view is what reading it takes.',
      step: 'tables',
    },
    {
      says: 'The troubleshooting page has ALTER DEFAULT PRIVILEGES FOR USER IN SCHEMA GRANT ...',
      wrong: 'Its placeholders were lost, and as it stands it is a syntax error.',
      instead:
        'ALTER DEFAULT PRIVILEGES FOR ROLE each creating owner IN SCHEMA each schema, written out here.',
      step: 'tables',
    },
  ],
} as const satisfies Connector
