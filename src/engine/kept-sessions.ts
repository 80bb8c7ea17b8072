import type { OpenSession, Session } from '../postgres/session.ts'

/** Idle sessions that are kept, at most: the administrator's connections may be counted. */
const most = 3

/** Begins to connect to a database that will soon be needed. What fails is tried again, and told, when it is. */
export type OpenAhead = (database: string) => void

/**
 * Lets `use` open the administrator's sessions again and again and connects only once to each database: a session
 * that was closed is given out anew, if it still stands and has no transaction open. Logging in costs several
 * round trips each time; those of a session that is opened ahead pass while something else waits for the server.
 * What is opened as somebody else is not kept: it is opened to prove that one comes in.
 */
export async function withKeptSessions<T>(
  open: OpenSession,
  use: (open: OpenSession, ahead: OpenAhead) => Promise<T>,
): Promise<T> {
  const idle: Session[] = []
  const coming = new Map<string, Promise<void>>()

  const keep = async (session: Session) => {
    if (!session.isIdle()) return session.close()
    idle.push(session)
    if (idle.length > most) await idle.shift()?.close()
  }
  const openKept: OpenSession = async request => {
    if (request.as !== undefined) return open(request)
    await coming.get(request.database)
    const at = idle.findIndex(session => session.database === request.database)
    const [kept] = at === -1 ? [] : idle.splice(at, 1)
    if (kept?.isIdle() === false) await kept.close().catch(() => {})
    const session = kept?.isIdle() === true ? kept : await open(request)
    let closed: Promise<void> | null = null
    return {
      ...session,
      close: () => {
        closed ??= keep(session)
        return closed
      },
    }
  }

  const ahead: OpenAhead = database => {
    if (coming.has(database)) return
    coming.set(
      database,
      open({ database })
        .then(keep)
        .catch(() => {}),
    )
  }

  try {
    return await use(openKept, ahead)
  } finally {
    await Promise.all(coming.values())
    await Promise.all(idle.map(session => session.close().catch(() => {})))
  }
}
