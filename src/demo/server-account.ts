import { readFileSync } from 'node:fs'

/** The account that a server process runs under; null where it may run under our own. */
export interface ServerAccount {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** Accounts that Unix systems ship for processes which should own nothing, likeliest first. */
const candidates = ['nobody', 'daemon', 'postgres']

/**
 * The account for a server started by this process: null for an ordinary user, an existing unprivileged
 * account for root, because `postgres` and `initdb` refuse to run as root (manual, 18.1 "The PostgreSQL
 * User Account"). No account is ever made.
 */
export function serverAccount(): ServerAccount | null {
  if (process.geteuid?.() !== 0) return null
  return unprivilegedAccount(readFileSync('/etc/passwd', 'utf8'))
}

/** The account to use out of the text of an /etc/passwd (passwd(5)); null when it has no fitting one. */
export function unprivilegedAccount(passwd: string): ServerAccount | null {
  const accounts = passwd.split('\n').flatMap(line => {
    const [name = '', , uid = '', gid = ''] = line.split(':')
    // macOS writes nobody as -2: the same account as 4294967294.
    const account = { name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }
    return candidates.includes(name) && account.uid !== 0 ? [account] : []
  })
  accounts.sort((a, b) => candidates.indexOf(a.name) - candidates.indexOf(b.name))
  return accounts[0] ?? null
}

/** The `uid` and `gid` options of node:child_process for an account; none for our own. */
export function accountIds(account: ServerAccount | null): { uid?: number; gid?: number } {
  return account === null ? {} : { uid: account.uid, gid: account.gid }
}
