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
