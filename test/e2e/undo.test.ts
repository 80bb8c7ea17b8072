import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from './program.ts'
import { type Scene, setScene } from './scene.ts'

let scene: Scene
let before: readonly string[]
beforeAll(async () => {
  scene = await setScene({ settings: { log_statement: 'all' } })
  before = await scene.snapshot()
})
afterAll(() => scene.end())

const undo = (receipt: string, ...more: string[]) =>
  runProgram(['undo', '--receipt', receipt, ...more], { env: scene.env })

/** Applies and gives the receipt's path, in Markdown. */
async function apply(): Promise<string> {
  const folder = join(scene.folder, 'receipts')
  rmSync(folder, { recursive: true, force: true })
  const path = scene.save('answers.json', scene.answers())
  const end = await runProgram(['apply', '--answers', path, '--yes', '--out', folder], { env: scene.env })
  expect(end).toMatchObject({ code: 0, stderr: '' })
  const name = readdirSync(folder).find(each => each.endsWith('.md'))
  if (name === undefined) throw new Error('no receipt')
  expect(end.stdout).toContain(`pg-usher undo --receipt ${join(folder, name)}`)
  return join(folder, name)
}

const kept = () => (existsSync(scene.passfile) ? readFileSync(scene.passfile, 'utf8') : '')

describe('undo', () => {
  it('shows what it would do, takes all of it back, and a second time has nothing to do', async () => {
    const receipt = await apply()
    const granted = await scene.snapshot()
    const unasked = await undo(receipt)
    expect(unasked).toMatchObject({ code: 2, stdout: '' })
    expect(unasked.stderr).toContain('--yes')
    expect(await scene.snapshot()).toEqual(granted)

    const end = await undo(receipt, '--yes')
    expect(end).toMatchObject({ code: 0, stderr: '' })
    for (const part of [
      'ALTER ROLE atlan_user NOLOGIN PASSWORD NULL;',
      'REVOKE CONNECT ON DATABASE music_store FROM atlan_user_role;',
      'ALTER DEFAULT PRIVILEGES FOR ROLE store_owner IN SCHEMA public REVOKE SELECT',
      'DROP ROLE atlan_user;',
      `the password is removed from ${scene.passfile}`,
      'looked at afterwards: nothing of it is there any more',
    ]) {
      expect(end.stdout).toContain(part)
    }
    expect(await scene.snapshot()).toEqual(before)
    expect(kept()).not.toContain('atlan_user')

    const again = await undo(receipt, '--yes')
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(again.stdout).toContain('Nothing to do')
  })

  it('takes the password out of the place that it was moved to', async () => {
    const receipt = await apply()
    const other = join(scene.folder, 'moved')
    const moved = await runProgram(['secrets', 'move', 'atlan_user', '--to', 'passfile', '--file', other], {
      env: scene.env,
    })
    expect(moved).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(other, 'utf8')).toContain('atlan_user')
    const end = await undo(receipt, '--yes')
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(end.stdout).toContain(`the password is removed from ${other}`)
    expect(existsSync(other)).toBe(false)
    expect(await scene.snapshot()).toEqual(before)
  })

  it('ends with 3 where something hangs on a role, and says what; --json has it as data', async () => {
    const receipt = await apply()
    await scene.server.sql(
      'CREATE TABLE public.theirs (); ALTER TABLE public.theirs OWNER TO atlan_user',
      'music_store',
    )
    const end = await undo(receipt, '--yes', '--json')
    expect(end.code).toBe(3)
    expect(JSON.parse(end.stdout)).toMatchObject({
      outcome: 'role-stays',
      exitCode: 3,
      problems: [],
      result: { stays: [{ role: 'atlan_user', because: ['it owns table public.theirs in music_store'] }] },
    })
    expect(kept()).toContain('atlan_user')
    const again = await undo(receipt, '--yes')
    expect(again.code).toBe(3)
    expect(again.stdout).toContain('it owns table public.theirs in music_store')

    await scene.server.sql('DROP TABLE public.theirs', 'music_store')
    expect((await undo(receipt, '--yes')).code).toBe(0)
    expect(await scene.snapshot()).toEqual(before)
  })

  it.each([
    ['{', 'not the JSON of a receipt'],
    ['# Atlan: what was granted\n', 'the file with the same name that ends in .json'],
    ['{"version": 1, "tool": "atlan"}', 'no receipt of pg-usher'],
    ['{"receipt": "pg-usher", "version": 2}', 'the format 2'],
    ['{"receipt": "pg-usher", "version": 1, "undo": []}', 'run it with psql'],
    ['{"receipt": "pg-usher", "version": 1, "run": {"databases": 5}}', 'was changed, or comes from a newer'],
  ])('refuses %s and says why', async (text, reason) => {
    const end = await undo(scene.save('receipt.json', text), '--yes')
    expect(end).toMatchObject({ code: 2, stdout: '' })
    expect(end.stderr.replaceAll(/\s+/g, ' ')).toContain(reason)
  })

  it('says of a receipt that is not there where one is to be found', async () => {
    const end = await undo(join(scene.folder, 'none.md'), '--yes')
    expect(end).toMatchObject({ code: 2, stdout: '' })
    expect(end.stderr).toContain('none.json cannot be read: it is not there')
  })
})
