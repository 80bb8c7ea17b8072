import type { Answers } from '../../src/model/answers.ts'

/** Complete answers for Atlan on a shop; tests change what they are about. */
export const shopAnswers: Answers = {
  version: 1,
  tool: 'atlan',
  server: { host: 'db.internal', port: 5432, database: 'postgres', user: 'postgres', tls: 'verify-full' },
  endpoint: { host: 'db.example.com', port: 5432 },
  authentication: { method: 'password' },
  roles: { layout: 'group-and-login', group: 'atlan_user_role', login: 'atlan_user' },
  replacePassword: false,
  limits: { connectionLimit: 5, validUntil: '2099-12-31T23:59:59Z', statementTimeout: 300, readOnly: true },
  access: 'read',
  databases: [
    {
      name: 'shop',
      schemas: [{ name: 'public', relations: ['album', 'artist'], laterTablesOf: [] }],
    },
  ],
  network: { from: 'not-known-yet' },
  secret: { store: 'keychain' },
}
