import type { Client, Connection, QueryResult } from 'pg'
import { Query } from 'pg'

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
    const callback = (error: Error | null, _result: QueryResult) => {
      if (error) reject(error)
      else resolve()
    }
    const query = Object.assign(new Query(sql, callback), {
      handleCopyInResponse(connection: CopyConnection) {
        connection.sendCopyFromChunk(Buffer.from(data, 'utf8'))
        connection.endCopyFrom()
      },
    })
    client.query(query)
  })
}
