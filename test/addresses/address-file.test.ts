import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAddressFile } from '../../src/addresses/address-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pg-usher-addresses-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('a file of addresses', () => {
  const read = async (text: string) => {
    const path = join(folder, 'ranges')
    await writeFile(path, text)
    return readAddressFile(path)
  }

  it('may be written in any way, and comes back as it stands there, each network once', async () => {
    expect(
      await read('# of the vendor\r\n10.0.0.0/25; "10.0.0.128/25"\n2001:db8::1, 10.0.0.7 # again\n'),
    ).toEqual({
      ok: true,
      value: '10.0.0.0/25, 10.0.0.128/25, 2001:db8::1/128, 10.0.0.7/32',
    })
  })

  it.each([
    ['no address', '# nothing\n', 'has no address'],
    ['what is none', '10.0.0.0/25\nhost.example\n', 'host.example'],
    ['too much', ' '.repeat(1_000_001), 'too long'],
  ])('says what is wrong: %s', async (_, text, words) => {
    expect(await read(text)).toMatchObject({
      ok: false,
      problem: { message: expect.stringContaining(words) },
    })
  })

  it('says of one that is not there why it cannot be read', async () => {
    expect(await readAddressFile(join(folder, 'nowhere'))).toMatchObject({
      ok: false,
      problem: { code: 'address-file', message: expect.stringContaining('ENOENT') },
    })
  })
})
