import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The file that the keychain process runs: beside this one in the sources; in the built program the bundle
 * `keychain-worker.cjs`, beside the main file or one folder above a command's.
 * @throws Error when the installation is incomplete
 */
export function keychainWorkerPath(): string {
  const places = ['./keychain-worker.ts', './keychain-worker.cjs', '../keychain-worker.cjs']
  const paths = places.map(place => fileURLToPath(new URL(place, import.meta.url)))
  const path = paths.find(candidate => existsSync(candidate))
  if (path === undefined) throw new Error(`the keychain worker is missing; looked for ${paths.join(', ')}`)
  return path
}
