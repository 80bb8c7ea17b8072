/** The entries of a listen_addresses, in lower case (a list with commas; PostgreSQL manual, 19.3). */
export function listedAddresses(setting: string): string[] {
  return setting
    .split(',')
    .map(address =>
      address
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .toLowerCase(),
    )
    .filter(address => address !== '')
}

/** Whether only this machine itself reaches a server there. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || address.startsWith('127.')
}
