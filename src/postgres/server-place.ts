import type { ServerAnswer } from '../model/answers.ts'

/** The place as it is said in messages: `db.example.com:5432`, or the socket's file. */
export function placeOf(target: ServerAnswer): string {
  if (isSocketFolder(target.host)) return socketFile(target)
  return target.host.includes(':') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`
}

/** Whether the host is the folder of a Unix socket. */
export function isSocketFolder(host: string): boolean {
  return host.startsWith('/')
}

/** The socket's file in its folder (manual, 19.3.1). */
export function socketFile(target: { readonly host: string; readonly port: number }): string {
  return `${target.host.replace(/(?<=.)\/+$/, '')}/.s.PGSQL.${target.port}`
}
