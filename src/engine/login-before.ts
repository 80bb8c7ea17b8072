import { quoteIdentifier, quoteLiteral } from '../model/identifier.ts'
import { reveal, type Secret, secret } from '../model/secret.ts'
import { scramVerifier } from '../postgres/scram.ts'
import type { Session } from '../postgres/session.ts'
import { setPassword } from './open-login.ts'

/** An existing login as it was before we touched it. */
export interface LoginBefore {
  readonly role: string
  readonly canLogin: boolean
  /** As SQL's timestamptz literal; null without an end. */
  readonly validUntil: string | null
  /** What stood in place of its password: none, a verifier, or unknown where we may not read it. */
  readonly password: { readonly known: false } | { readonly known: true; readonly stored: Secret | null }
}

/** The login as it is now; null where it does not exist. Its verifier only where the administrator may read it. */
export async function loginBefore(session: Session, role: string): Promise<LoginBefore | null> {
  const [row] = await session.query<{ canLogin: boolean; validUntil: string | null; readable: boolean }>(
    attributesSql,
    [role],
  )
  if (row === undefined) return null
  const { canLogin, validUntil, readable } = row
  if (!readable) return { role, canLogin, validUntil, password: { known: false } }
  const [authid] = await session.query<{ stored: string | null }>(storedPasswordSql, [role])
  const stored = authid?.stored ?? null
  return {
    role,
    canLogin,
    validUntil,
    password: { known: true, stored: stored === null ? null : secret(stored) },
  }
}

/**
 * The same with a way back where the server's verifier is not known: one of the same password. null where there is
 * none, or it is not ASCII, which a verifier of ours could differ for.
 */
export function wayBackWith(before: LoginBefore, old: Secret | null): LoginBefore | null {
  if (old === null || !/^[\x20-\x7e]+$/.test(reveal(old))) return null
  return { ...before, password: { known: true, stored: secret(scramVerifier(old)) } }
}

/**
 * Puts an existing login back, in the open transaction: whether it may log in, its end, and its password where
 * it was known.
 * @returns whether the password is as before
 */
export async function putLoginBack(session: Session, before: LoginBefore): Promise<boolean> {
  const alter = `ALTER ROLE ${quoteIdentifier(before.role)} ${before.canLogin ? 'LOGIN' : 'NOLOGIN'}`
  const end = `VALID UNTIL ${quoteLiteral(before.validUntil ?? 'infinity')}`
  await session.query(`${alter} ${end}`)
  if (!before.password.known) return false
  if (before.password.stored === null) {
    await session.query(`ALTER ROLE ${quoteIdentifier(before.role)} PASSWORD NULL`)
    return true
  }
  await setPassword(
    session,
    reveal(before.password.stored),
    verifier => `ALTER ROLE ${quoteIdentifier(before.role)} PASSWORD ${quoteLiteral(verifier)}`,
  )
  return true
}

const attributesSql = `
SELECT r.rolcanlogin AS "canLogin", r.rolvaliduntil::pg_catalog.text AS "validUntil",
  pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT') AS readable
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = $1`

const storedPasswordSql = 'SELECT a.rolpassword AS stored FROM pg_catalog.pg_authid AS a WHERE a.rolname = $1'
