const encoder = new TextEncoder()

/**
 * The name of the file of our own for a login, beside pg_hba.conf: no two logins have the same. What a file name
 * should not have stands as its bytes in hexadecimal.
 */
export function ownFileName(login: string): string {
  const plain = login.replace(/[^A-Za-z0-9_-]/gu, character =>
    Array.from(encoder.encode(character), byte => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  )
  return `pg_hba.pg-usher.${plain}.conf`
}
