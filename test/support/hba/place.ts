import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { dirname, join } from 'node:path'
import { parsedAddress } from '../../../src/model/hba/address.ts'
import type { HbaSurroundings } from '../../../src/model/hba/decide.ts'
import type { HbaFiles } from '../../../src/model/hba/files.ts'
import type { TestServer } from '../server.ts'
import type { GeneratedHba } from './generate.ts'

/** The files of this machine. */
export const filesHere: HbaFiles = {
  file: path =>
    existsSync(path) ? { found: 'text', text: readFileSync(path, 'utf8') } : { found: 'missing' },
  folder: path =>
    existsSync(path)
      ? { found: 'names', names: readdirSync(path).filter(name => !statSync(join(path, name)).isDirectory()) }
      : { found: 'missing' },
}

/** This machine's own addresses. */
export function interfacesHere(): NonNullable<HbaSurroundings['interfaces']> {
  return Object.values(networkInterfaces()).flatMap(all =>
    (all ?? []).map(({ address, netmask }) => ({
      address: parsedAddress(address),
      mask: parsedAddress(netmask).value,
    })),
  )
}

/** Puts generated files in the place of pg_hba.conf; the server has not read them yet. Gives the path. */
export async function putFiles(server: TestServer, { main, files }: GeneratedHba): Promise<string> {
  const { uid, gid } = statSync(server.dataDirectory)
  const put = async (name: string, text: string) => {
    const path = join(server.dataDirectory, name)
    if (dirname(name) !== '.') {
      await mkdir(dirname(path), { recursive: true })
      await chown(dirname(path), uid, gid)
    }
    await writeFile(path, text)
    await chown(path, uid, gid)
    await chmod(path, 0o600)
  }
  await rm(join(server.dataDirectory, 'parts'), { recursive: true, force: true })
  for (const [name, text] of Object.entries(files)) await put(name, text)
  await put('pg_hba.conf', main)
  return join(server.dataDirectory, 'pg_hba.conf')
}
