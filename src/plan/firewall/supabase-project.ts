/** The project's reference: from `db.REF.supabase.co`, or through the pooler from its user `postgres.REF`. */
export function supabaseProject(host: string, user: string): string {
  const direct = /^db\.([a-z0-9]+)\.supabase\.co$/i.exec(host)
  return direct?.[1] ?? /\.([a-z0-9]{16,})$/i.exec(user)?.[1] ?? 'REF'
}
