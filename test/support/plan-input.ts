import { connectorById } from '../../src/connectors/connectors.ts'
import type { Answers } from '../../src/model/answers.ts'
import type { Catalogue, CatalogueDatabase, CatalogueSchema, Relation } from '../../src/model/catalogue.ts'
import { relationColumns } from '../../src/model/relation-columns.ts'
import type { ExistingRole, ServerFacts } from '../../src/model/server-facts.ts'
import type { PlanInput } from '../../src/plan/plan-input.ts'
import { shopAnswers } from './shop-answers.ts'

/** A relation without anything special; tests change what they are about. */
export function relation(name: string, changes: Partial<Relation> = {}): Relation {
  return {
    oid: 1,
    name,
    kind: 'table',
    owner: 'shopkeeper',
    acl: null,
    rows: 10,
    bytes: 8192,
    comment: null,
    grantable: true,
    partition: false,
    rowSecurity: false,
    populated: true,
    personalData: [],
    ...changes,
  }
}

export function schema(
  name: string,
  relations: readonly Relation[] | null,
  changes: Partial<CatalogueSchema> = {},
): CatalogueSchema {
  return {
    name,
    owner: 'shopkeeper',
    acl: null,
    comment: null,
    grantable: true,
    relationCount: relations?.length ?? 0,
    bytes: 8192,
    relations: relations === null ? null : relationColumns(relations),
    creators: [{ role: 'shopkeeper', alterable: true, owns: relations?.length ?? 0 }],
    ...changes,
  }
}

export function database(
  name: string,
  schemas: readonly CatalogueSchema[],
  changes: Partial<CatalogueDatabase> = {},
): CatalogueDatabase {
  return {
    name,
    owner: 'shopkeeper',
    // Closed to PUBLIC, so that only what a test is about is noted.
    acl: '{shopkeeper=CTc/shopkeeper}',
    grantable: true,
    unreadable: null,
    schemas,
    defaultPrivileges: [],
    ...changes,
  }
}

export function existingRole(name: string, changes: Partial<ExistingRole> = {}): ExistingRole {
  return {
    name,
    canLogin: false,
    elevated: [],
    connectionLimit: -1,
    validUntil: null,
    memberOf: [],
    inherits: true,
    inheritsFrom: changes.memberOf ?? [],
    members: [],
    settings: [],
    owns: 0,
    sessions: 0,
    comment: null,
    alterable: true,
    givable: true,
    ...changes,
  }
}

export const serverFacts: ServerFacts = {
  versionNumber: 180004,
  version: '18.4',
  provider: 'self-run',
  tls: true,
  tlsAvailable: true,
  inRecovery: false,
  readOnly: false,
  pooled: false,
  admin: { name: 'postgres', superuser: true, createRole: true, actsAs: ['postgres'] },
  network: {
    listenAddresses: '*',
    port: 5432,
    hbaFile: '/etc/postgresql/18/main/pg_hba.conf',
    configFile: '/etc/postgresql/18/main/postgresql.conf',
    clientAddress: null,
    socketDirectories: '/var/run/postgresql',
  },
  maxLocks: 6400,
}

export const shopCatalogue: Catalogue = {
  databases: [
    database('shop', [schema('public', [relation('album'), relation('artist'), relation('track')])]),
  ],
}

/** What a plan is made from, with everything in order; tests change what they are about. */
export function planInput(
  changes: { answers?: Partial<Answers> } & Partial<Omit<PlanInput, 'answers'>> = {},
): PlanInput {
  const answers = { ...shopAnswers, ...changes.answers }
  const connector = changes.connector ?? connectorById(answers.tool)
  if (connector === null) throw new Error(`no tool ${answers.tool}`)
  return {
    catalogue: shopCatalogue,
    roles: { login: null, group: null },
    server: serverFacts,
    ...changes,
    answers,
    connector,
  }
}
