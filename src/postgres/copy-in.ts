import type { Client, Connection } from 'pg'
import pg from 'pg'

/** What node-pg's connection can do for COPY; its published types leave it out. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

/**
 * Sends `data` to one `COPY ... FROM STDIN` (protocol: manual 54.2.6). The statement may be logged by the
 * server, the data never is. @throws the driver's DatabaseError
 */
export function copyIn(client: Client, sql: string, data: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const query = new pg.Query(sql, (error: Error | null | undefined) => (error ? reject(error) : resolve()))
    client.query(
      Object.assign(query, {
        handleCopyInResponse(connection: CopyConnection) {
          connection.sendCopyFromChunk(Buffer.from(data, 'utf8'))
          connection.endCopyFrom()
        },
      }),
    )
  })
}

/**
 * Sends several statements as one string (manual, 54.2.2.1) and gives all results. Data for a COPY among them
 * travels at once: a server that meets an error before the COPY passes over it (manual, 54.2.6).
 * @throws the driver's DatabaseError
 */
export function runScript(
  client: Client,
  sql: string,
  copyData: string | undefined,
): Promise<pg.QueryResult[]> {
  return new Promise((resolve, reject) => {
    const query = new pg.Query(
      sql,
      (error: Error | null | undefined, results: pg.QueryResult | pg.QueryResult[]) =>
        error ? reject(error) : resolve(Array.isArray(results) ? results : [results]),
    )
    if (copyData === undefined) {
      client.query(query)
      return
    }
    const submit = query.submit.bind(query)
    client.query(
      Object.assign(query, {
        submit(connection: CopyConnection) {
          const refused: unknown = submit(connection)
          connection.sendCopyFromChunk(Buffer.from(copyData, 'utf8'))
          connection.endCopyFrom()
          return refused
        },
        // What it asks for is on its way.
        handleCopyInResponse() {},
      }),
    )
  })
}
