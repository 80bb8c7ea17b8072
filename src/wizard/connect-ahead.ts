import type { Socket } from 'node:net'
import type { ServerAnswer } from '../model/answers.ts'
import { sameConnection } from '../steps/connection.ts'
import type { ConnectResult } from './server-connection.ts'

/** A server that was named at the start, and a socket that is on its way there. */
export interface NamedServer {
  readonly server: ServerAnswer
  readonly early: Socket
}

/** A connection that was begun before anybody asked for one. */
export interface AheadConnection {
  /**
   * Gives it, once, to who asks for just that connection; null where another is asked for, or where it is of no use
   * any more. Then it is closed.
   * @param signal ends the attempt
   */
  take(server: ServerAnswer, signal: AbortSignal): Promise<ConnectResult | null>
  /** Closes it, unless it was taken. */
  close(): Promise<void>
}

/** Begins to connect. What comes of it is told to who takes it. */
export function connectAhead(
  server: ServerAnswer,
  connect: (signal: AbortSignal) => Promise<ConnectResult>,
): AheadConnection {
  const controller = new AbortController()
  let settled = false
  let open: Promise<ConnectResult | null> | null = connect(controller.signal)
    // What throws here throws again where somebody is told.
    .catch(() => null)
    .finally(() => {
      settled = true
    })

  const drop = async () => {
    const dropped = open
    open = null
    controller.abort()
    const result = await dropped
    if (result?.ok === true) await result.connection.session.close().catch(() => {})
  }

  return {
    take: async (wanted, signal) => {
      if (open === null) return null
      if (!sameConnection(server, wanted)) {
        await drop()
        return null
      }
      const taken = open
      // Of an attempt that is still under way the answer is waited for; one that failed before is made once more.
      const isOld = settled
      open = null
      const abort = () => controller.abort()
      signal.addEventListener('abort', abort)
      const result = await taken
      signal.removeEventListener('abort', abort)
      if (result === null) return null
      // A password that is missing or wrong is so the second time, too, and the server's log has it already.
      if (!result.ok) return isOld && !result.wantsPassword ? null : result
      const { session } = result.connection
      if (session.isIdle() && !signal.aborted) return result
      await session.close().catch(() => {})
      return null
    },
    close: drop,
  }
}
