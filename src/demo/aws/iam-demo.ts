import { join } from 'node:path'
import pg from 'pg'
import type { AwsAnswers } from '../../model/aws/answers.ts'
import { reveal } from '../../model/secret.ts'
import { scramVerifier } from '../../postgres/scram.ts'
import type { EmbeddedServer } from '../embedded-server.ts'
import { addInstance } from './account.ts'
import { demoCertificate } from './certificate.ts'
import { behindTokenDoor, checkAtDoor, needsTokenSql, socketPathOf } from './rds-door.ts'
import { startStandIn } from './stand-in.ts'
import { startTokenDoor } from './token-door.ts'

/** Through what the demo's tool is let in by AWS. */
export type DemoWay = 'user' | 'role'

/** A server that looks like an RDS instance, and an account of AWS that is none. */
export interface IamDemo {
  /** Where the server is reached: the door before it. */
  readonly port: number
  /** Who administers it: the master user, with the server's password. */
  readonly administrator: string
  /** What the instance is called for its tools and in AWS. */
  readonly endpoint: { readonly host: string; readonly port: number }
  /** What the AWS SDK is to find in the environment, and nothing else of AWS beside it. */
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

const master = 'dba'

/**
 * pg_hba.conf of the demo. Its master user comes in by its password: RDS lets it grant rds_iam without being a member,
 * for which PostgreSQL itself has no way, so here it is one that may do nothing with it but grant it.
 */
export const iamDemoHba: readonly string[] = [
  `local all ${master} scram-sha-256`,
  `host all ${master} 127.0.0.1/32 scram-sha-256`,
  ...behindTokenDoor,
]

/**
 * The roles that tell RDS, the one whose members come in by a token, and the master user: no superuser, as there, so
 * that the login is made as it has to be made there.
 */
const rdsRolesSql = (verifier: string) => `
CREATE ROLE rds_superuser NOLOGIN;
CREATE ROLE rds_iam NOLOGIN;
CREATE ROLE ${master} LOGIN CREATEROLE CREATEDB PASSWORD '${verifier}';
GRANT rds_superuser, store_owner, reporting_owner TO ${master};
GRANT rds_iam TO ${master} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`

/**
 * Puts a stand-in for AWS and a token door before the server, whose pg_hba.conf is that of rds-door.ts. Nothing of it
 * leaves this machine.
 */
export async function startIamDemo(server: EmbeddedServer, folder: string): Promise<IamDemo> {
  const admin = async (sql: string, values: readonly unknown[] = []) => {
    const { host, port, user, password } = server
    const client = new pg.Client({
      host,
      port,
      user,
      password: reveal(password),
      database: 'postgres',
      ssl: false,
    })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows
    } finally {
      await client.end()
    }
  }
  await admin(rdsRolesSql(scramVerifier(server.password)))
  const standIn = await startStandIn()
  const { account } = standIn
  const instance = addInstance(account, { identifier: 'music-store', modifyingFor: 1 })
  const door = await startTokenDoor({
    server: { host: server.host, port: server.port, socketPath: socketPathOf(server) },
    tls: demoCertificate,
    needsToken: async user =>
      user !== master && (await admin(needsTokenSql, [user])).some(row => row['needs'] === true),
    check: (token, user) => checkAtDoor(token, user, { account, instance }),
  })
  return {
    port: door.port,
    administrator: master,
    endpoint: { host: instance.host, port: instance.port },
    environment: {
      ...standIn.env,
      // Whatever else might be asked goes to the stand-in too, which does not know it.
      AWS_ENDPOINT_URL: standIn.url,
      AWS_CONFIG_FILE: join(folder, 'aws-config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'aws-credentials'),
    },
    async close() {
      await door.close()
      await standIn.close()
    },
  }
}

/** The demo's answers about AWS; the vendor of the role is one that the stand-in knows. */
export function iamDemoAnswers(way: DemoWay): AwsAnswers {
  return {
    target: { from: 'aws', region: null, instance: null },
    enable: true,
    credentials: { from: 'chain' },
    way:
      way === 'user'
        ? { way: 'user' }
        : {
            way: 'role',
            vendor: { known: true, arn: 'arn:aws:iam::210987654321:role/vendor-node-role' },
            externalId: null,
          },
    name: null,
    path: '/',
    permissionsBoundary: null,
    tags: {},
  }
}
