import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A file system of 64 KiB; null where this process may not mount one (it takes root, and a container that lets
 * it).
 */
export function mountSmallDisk(): { readonly folder: string; readonly unmount: () => void } | null {
  const folder = mkdtempSync(join(tmpdir(), 'small-disk-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    remove()
    return null
  }
  chmodSync(folder, 0o700)
  return {
    folder,
    unmount: () => {
      execFileSync('umount', [folder])
      remove()
    },
  }
}
