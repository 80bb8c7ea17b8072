import { atlan } from '../connectors/atlan.ts'
import { atlassianAnalytics } from '../connectors/atlassian-analytics.ts'
import type { Answers, DatabaseAnswer } from '../model/answers.ts'
import type { EmbeddedServer } from './embedded-server.ts'

export type DemoTool = 'atlan' | 'atlassian-analytics'

/**
 * The answers of a demo that asks nothing: some tables of each schema of the sample, not all, and none of
 * personal data; the password goes to a passfile.
 */
export function demoAnswers(
  tool: DemoTool,
  server: Pick<EmbeddedServer, 'host' | 'port' | 'user'>,
  passfile: string,
): Answers {
  return {
    version: 1,
    tool,
    server: {
      host: server.host,
      port: server.port,
      database: 'music_store',
      user: server.user,
      tls: 'disable',
    },
    // A vendor could not reach it; the stored password is for this address, so that it can be tried.
    endpoint: { host: server.host, port: server.port },
    authentication: { method: 'password' },
    roles:
      tool === 'atlan'
        ? { layout: 'group-and-login', ...atlan.roleNames }
        : { layout: 'login', login: atlassianAnalytics.roleNames.login },
    replacePassword: false,
    limits: { connectionLimit: 10, validUntil: null, statementTimeout: 300, readOnly: true },
    access: 'read',
    databases,
    network:
      tool === 'atlan'
        ? { from: 'not-known-yet' }
        : { from: 'vendor', cidrs: atlassianAnalytics.addresses.cidrs },
    secret: { store: 'passfile', path: passfile },
  }
}

const databases: readonly DatabaseAnswer[] = [
  {
    name: 'music_store',
    schemas: [
      {
        name: 'public',
        relations: [
          'album',
          'artist',
          'genre',
          'invoice',
          'invoiceline',
          'mediatype',
          'playlist',
          'playlisttrack',
          'track',
        ],
        laterTablesOf: ['store_owner'],
      },
      {
        name: 'reporting',
        relations: ['daily_revenue', 'artist_sales', 'play_event', 'Monthly Sales'],
        laterTablesOf: [],
      },
    ],
  },
  {
    name: 'warehouse',
    schemas: [{ name: 'stock', relations: ['product', 'stock_level', 'to_reorder'], laterTablesOf: [] }],
  },
]
