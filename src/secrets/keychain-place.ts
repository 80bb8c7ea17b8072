/** Whose keychain it is, in the words of the operating system. */
export function keychainPlace(whose: { readonly platform: NodeJS.Platform; readonly user: string }): string {
  if (whose.platform === 'darwin') return `the login keychain of ${whose.user}`
  if (whose.platform === 'win32') return `the Windows Credential Manager of ${whose.user}`
  return `the keychain of ${whose.user}`
}
