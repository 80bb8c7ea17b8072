import { readFileSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const memoryFolder = '/dev/shm'
/** What a dozen servers at a time may take. */
const roomNeeded = 2 ** 31

/**
 * Where tests make servers and other large folders: in memory on Linux, where there is room for it and
 * programs may run there (containers often give it 64 MB, or mount it noexec); else the temporary folder.
 * A slow disk makes setting up a server three times slower.
 */
export const quickFolder = memoryFolderServes() ? memoryFolder : tmpdir()

function memoryFolderServes(): boolean {
  try {
    const { bavail, bsize } = statfsSync(memoryFolder)
    const mount = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map(line => line.split(' '))
      .find(([, place]) => place === memoryFolder)
    return bavail * bsize >= roomNeeded && mount !== undefined && !mount[3]?.split(',').includes('noexec')
  } catch {
    return false
  }
}
