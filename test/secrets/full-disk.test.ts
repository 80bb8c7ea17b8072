import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { reveal, secret } from '../../src/model/secret.ts'
import { createAgeStore } from '../../src/secrets/age.ts'
import { createAwsCredentialsStore } from '../../src/secrets/aws-credentials.ts'
import { createPassfileStore } from '../../src/secrets/passfile.ts'
import { noteSecret } from '../../src/secrets/secret-index.ts'
import type { SecretEntry } from '../../src/secrets/store.ts'
import { isCi } from '../support/requires.ts'
import { mountSmallDisk } from '../support/small-disk.ts'

const disk = mountSmallDisk()
const entry: SecretEntry = { user: 'reader', host: 'db.example.com', port: 5432, databases: ['music'] }

// Skipped by name where no disk could be mounted; a failure in CI, which has to have one.
if (disk !== null)
  describe('a disk that is full', () => {
    const { folder, unmount } = disk
    const filler = join(folder, 'filler')
    afterAll(unmount)
    beforeEach(() => {
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
    })

    /** To the last byte. */
    function fill(): void {
      for (let size = 64 * 1024; size >= 1; size = Math.floor(size / 2)) {
        try {
          writeFileSync(filler, 'x'.repeat(size), { flag: 'a' })
        } catch {
          // Fewer, then.
        }
      }
    }

    it('leaves a passfile as it was, says so, and leaves no trace beside it', async () => {
      const path = join(folder, 'pass')
      const store = createPassfileStore({ path, platform: 'linux' })
      await store.save(entry, secret('old'))
      const before = readFileSync(path, 'utf8')
      fill()
      const problem = expect.objectContaining({
        code: 'file-disk-full',
        next: expect.stringContaining('df -h'),
      })
      expect(await store.probe()).toEqual({ works: false, problem })
      await expect(store.save({ ...entry, user: 'other' }, secret('new'))).rejects.toMatchObject({
        problem: { code: 'file-disk-full' },
      })
      expect(readFileSync(path, 'utf8')).toBe(before)
      expect(readdirSync(folder).sort()).toEqual(['filler', 'pass'])
      rmSync(filler)
      await store.save(entry, secret('new'))
      const kept = await store.read(entry)
      expect(kept && reveal(kept)).toBe('new')
    })

    it('leaves age and AWS files as they were', async () => {
      const age = createAgeStore({
        folder: join(folder, 'age'),
        askPassphrase: async () => secret('a good passphrase'),
      })
      const aws = createAwsCredentialsStore({
        path: join(folder, 'aws', 'credentials'),
        platform: 'linux',
        isDefault: false,
      })
      await age.save(entry, secret('old'))
      expect(await aws.probe()).toEqual({ works: true })
      fill()
      expect(await age.probe()).toMatchObject({ works: false, problem: { code: 'file-disk-full' } })
      expect(await aws.probe()).toMatchObject({ works: false, problem: { code: 'file-disk-full' } })
      const kept = await age.read(entry)
      expect(kept && reveal(kept)).toBe('old')
      expect(existsSync(join(folder, 'aws', 'credentials'))).toBe(false)
    })

    it('is said before a secret is stored that would not be found again', async () => {
      fill()
      await expect(noteSecret(folder, entry, { store: 'keychain' })).rejects.toMatchObject({
        problem: { code: 'index-not-written' },
      })
    })
  })
else
  it.runIf(isCi())('needs root, and a container that lets it mount a small disk', () =>
    expect(disk, 'no small disk could be mounted').not.toBeNull(),
  )
