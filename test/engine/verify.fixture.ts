import { connectorById } from '../../src/connectors/connectors.ts'
import { readForPlan } from '../../src/engine/read-for-plan.ts'
import { type Verification, verify } from '../../src/engine/verify.ts'
import type { Answers } from '../../src/model/answers.ts'
import type { Ledger } from '../../src/model/ledger.ts'
import { type Secret, secret } from '../../src/model/secret.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import { type ConnectTarget, connect, openSessionFor } from '../../src/postgres/connect.ts'
import { logIn } from '../../src/postgres/log-in.ts'
import { readServerFacts } from '../../src/postgres/server-facts.ts'
import type { TestServer } from '../support/server.ts'
import { shopAnswers } from '../support/shop-answers.ts'
import { applyPlan } from './fixture.ts'

/** A shop with tables of every relevant kind, its maker, and somebody else. */
export const shopSql = `
CREATE ROLE maker; CREATE ROLE other; CREATE ROLE readers;
GRANT ALL ON DATABASE shop TO maker, other;
CREATE SCHEMA sales AUTHORIZATION maker;
CREATE SCHEMA store AUTHORIZATION maker;
GRANT CREATE, USAGE ON SCHEMA sales, store TO other;
GRANT USAGE ON SCHEMA sales TO readers;
SET ROLE maker;
CREATE TABLE sales.album (id int PRIMARY KEY, title text);
CREATE TABLE sales.artist (id int PRIMARY KEY, name text);
CREATE TABLE sales.customer (id int PRIMARY KEY, email text);
CREATE TABLE sales.secret (id int PRIMARY KEY, note text);
CREATE TABLE store.stock (id int PRIMARY KEY, amount int);
CREATE TABLE store.supplier (id int PRIMARY KEY, name text);
CREATE VIEW sales.titles AS SELECT title FROM sales.album;
CREATE SEQUENCE sales.numbers;
INSERT INTO sales.album SELECT n, 'Album ' || n FROM generate_series(1, 3) AS n;
INSERT INTO sales.secret VALUES (1, 'one');
CREATE FUNCTION sales.count_secrets() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS 'SELECT count(*) FROM sales.secret';
REVOKE EXECUTE ON FUNCTION sales.count_secrets() FROM PUBLIC;
RESET ROLE`

/** All of the shop but customers, secrets and suppliers; what `maker` adds to `sales` later is meant too. */
export function answersFor(server: TestServer): Answers {
  return {
    ...shopAnswers,
    server: {
      host: server.host,
      port: server.port,
      database: 'postgres',
      user: server.adminUser,
      tls: 'disable',
    },
    endpoint: { host: server.host, port: server.port },
    databases: [
      {
        name: 'shop',
        schemas: [
          { name: 'sales', relations: ['album', 'artist', 'titles'], laterTablesOf: ['maker'] },
          { name: 'store', relations: ['stock'], laterTablesOf: [] },
        ],
      },
    ],
  }
}

export function adminTarget(server: TestServer): ConnectTarget {
  return { ...answersFor(server).server, password: secret(server.adminPassword) }
}

/** Plans and applies the answers for real; gives the login's password. */
export async function letIn(server: TestServer, answers: Answers): Promise<Secret> {
  const target = adminTarget(server)
  const open = openSessionFor(target)
  const admin = await connect(target)
  if (!admin.ok) throw new Error(admin.problem.message)
  const facts = await readServerFacts(admin.value, server.host, open)
  const live = await readForPlan(answers, admin.value, open)
  await admin.value.close()
  const connector = connectorById(answers.tool)
  if (connector === null) throw new Error(answers.tool)
  const made = makePlan({ answers, connector, server: facts, catalogue: live, roles: live.roles })
  if (!made.ok) throw new Error(JSON.stringify(made.problems))
  const { outcome, request } = await applyPlan(server, made.plan)
  if (outcome.outcome !== 'done') throw new Error(JSON.stringify(outcome))
  const password = await request.store.read(request.entry)
  if (password === null) throw new Error('no password')
  return password
}

/** Verifies with an administrator, or as the login alone. */
export async function verifyWith(
  server: TestServer,
  answers: Answers,
  password: Secret | null,
  as: 'administrator' | 'login' = 'administrator',
  adminPassword = secret(server.adminPassword),
  earlier: Ledger | null = null,
): Promise<Verification> {
  const connector = connectorById(answers.tool)
  if (connector === null) throw new Error(answers.tool)
  const { login } = answers.roles
  const target =
    as === 'administrator'
      ? { ...adminTarget(server), user: answers.server.user, password: adminPassword }
      : { ...adminTarget(server), user: login, password: password ?? undefined, database: 'shop' }
  const reader = await connect(target)
  if (!reader.ok) throw new Error(reader.problem.message)
  const open = openSessionFor(target)
  try {
    return await verify({
      answers,
      connector,
      server: { ...(await readServerFacts(reader.value, server.host, open)), readOnly: false },
      reader: { as, session: reader.value, open },
      earlier,
      logIn: database => logIn(adminTarget(server), { user: login, password, database }),
    })
  } finally {
    await reader.value.close()
  }
}
