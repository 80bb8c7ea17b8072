import type { OpenSession, Session } from '../postgres/session.ts'

/** Opens a session, uses it and closes it, whatever happens. @throws what opening or `use` threw */
export async function withSession<T>(
  open: OpenSession,
  request: Parameters<OpenSession>[0],
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await open(request)
  try {
    return await use(session)
  } finally {
    // What was to be said is said; a connection that is gone cannot be closed in order.
    await session.close().catch(() => {})
  }
}
