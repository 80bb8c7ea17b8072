import { homedir } from 'node:os'
import { join } from 'node:path'

/** The shared credentials file (AWS SDKs and Tools Reference Guide, "Location of the shared files"). */
export function defaultCredentialsFile(
  environment: Readonly<Record<string, string | undefined>>,
  home = homedir(),
): string {
  const chosen = environment['AWS_SHARED_CREDENTIALS_FILE']
  return chosen !== undefined && chosen !== '' ? chosen : join(home, '.aws', 'credentials')
}
