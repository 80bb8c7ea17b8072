import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { keyEntry } from '../../../src/engine/aws/key-entry.ts'
import { undoAwsChanges } from '../../../src/engine/aws/undo-aws-changes.ts'
import { noJournal } from '../../../src/engine/journal.ts'
import { createKeychainStore } from '../../../src/secrets/keychain.ts'
import { carryOut } from '../../support/aws/carry-out.ts'
import { firstByUser, planned } from '../../support/aws/courses.ts'
import { startAwsWorld } from '../../support/aws/world.ts'
import { keyringPrograms, startKeyringSession } from '../../support/keyring.ts'
import { describeWith } from '../../support/requires.ts'

const workerPath = join(import.meta.dirname, '..', '..', '..', 'src', 'secrets', 'keychain-worker.ts')

describeWith(keyringPrograms)('an access key, in the keychain', () => {
  it('is kept, found again by the next plan, read by the command that is told, and goes with an undo', async () => {
    const keyring = await startKeyringSession('unlocked')
    onTestFinished(() => keyring.stop())
    const world = await startAwsWorld()
    onTestFinished(() => world.close())
    const { environment } = keyring
    const store = createKeychainStore({ user: 'dba', platform: 'linux', environment, workerPath })
    const plain = world.work(firstByUser.answers)
    const work = { ...plain, subject: { ...plain.subject, store } }
    const plan = { ...(await planned(world, firstByUser)), flag: [] }
    const { made, problem } = await carryOut(plan, work)
    expect(problem).toBeNull()
    const [user] = world.standIn.account.users.values()
    const id = user?.keys[0]?.id ?? ''
    const entry = keyEntry(plan.target, plan.principal.name, id)
    const { stdout } = await promisify(execFile)('sh', ['-c', store.howToRead(entry)], { env: environment })
    expect(stdout.trim()).toBe(world.standIn.account.secrets.get(id))
    // A second run takes it for made: it is in this place, and no other key is wanted.
    const again = await carryOut(plan, work, { earlier: made })
    expect(again).toMatchObject({ problem: null, entries: [] })
    expect(user?.keys).toHaveLength(1)
    expect(await undoAwsChanges(work, made, noJournal)).toMatchObject({ left: [], undone: true })
    expect(await store.has(entry)).toBe(false)
    expect(world.standIn.account.users.size).toBe(0)
  })
})
