import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answers } from '../../src/model/answers.ts'
import { runPsql } from '../support/psql.ts'
import { describeWith } from '../support/requires.ts'
import { runProgram } from './program.ts'
import { type Scene, setScene } from './scene.ts'

let scene: Scene
beforeAll(async () => {
  scene = await setScene()
})
afterAll(() => scene.end())

/** Another administrator's machine: nothing is noted there. */
function elsewhere(): Readonly<Record<string, string>> {
  const home = join(scene.folder, 'elsewhere')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  return { ...scene.env, HOME: home }
}

const has = async (role: string, table: string) => {
  const [row] = await scene.server.sql(`SELECT has_table_privilege($1, $2, 'SELECT') AS has`, 'music_store', [
    role,
    table,
  ])
  return row?.['has']
}

/** The same answers without one table. */
function without(answers: Answers, table: string): Answers {
  return {
    ...answers,
    databases: answers.databases.map(database => ({
      ...database,
      schemas: database.schemas.map(schema => ({
        ...schema,
        relations: schema.relations.filter(name => name !== table),
      })),
    })),
  }
}

describe('--receipt', () => {
  it('lets another machine take away what this one has granted, and nothing without it', async () => {
    const receipts = join(scene.folder, 'receipts')
    const all = scene.save('all.json', scene.answers())
    const first = await runProgram(['apply', '--answers', all, '--yes', '--out', receipts], {
      env: scene.env,
    })
    expect(first).toMatchObject({ code: 0, stderr: '' })
    const receipt = join(receipts, readdirSync(receipts).find(name => name.endsWith('.json')) ?? '')
    const fewer = scene.save('fewer.json', without(scene.answers(), 'track'))
    const run = (command: 'plan' | 'apply', ...more: string[]) =>
      runProgram([command, '--answers', fewer, ...more], { env: elsewhere() })

    const unknowing = await run('plan')
    expect(unknowing.code).toBe(0)
    expect(unknowing.stdout).not.toContain('REVOKE SELECT')
    expect(unknowing.stderr).toContain('--receipt')

    const knowing = await run('plan', '--receipt', receipt)
    expect(knowing.code).toBe(0)
    expect(knowing.stdout).toContain('REVOKE SELECT, REFERENCES ON TABLE public.track FROM atlan_user_role')
    expect(await has('atlan_user_role', 'public.track')).toBe(true)

    expect(await run('apply', '--receipt', receipt, '--yes', '--out', receipts)).toMatchObject({ code: 0 })
    expect(await has('atlan_user_role', 'public.track')).toBe(false)
    expect(await has('atlan_user_role', 'public.album')).toBe(true)

    const none = await run('plan', '--receipt', join(scene.folder, 'none.json'))
    expect(none).toMatchObject({ code: 2, stdout: '' })
    const undone = await runProgram(['undo', '--receipt', receipt, '--yes'], { env: scene.env })
    expect(undone.code).toBe(0)
  })
})

describeWith(['psql'])('--owner', () => {
  it('gives an owner the part that the planner may not grant, to be run by psql', async () => {
    await scene.server.sql(
      `CREATE ROLE helper LOGIN CREATEROLE PASSWORD 'of-helper'; CREATE ROLE atlan_user_role;
       ALTER ROLE store_owner LOGIN PASSWORD 'of-store-owner'`,
    )
    const answers = scene.answers()
    const path = scene.save('helper.json', { ...answers, server: { ...answers.server, user: 'helper' } })
    const plan = (...more: string[]) =>
      runProgram(['plan', '--answers', path, ...more], { env: { ...scene.env, PGPASSWORD: 'of-helper' } })

    const whole = await plan()
    expect(whole.code).toBe(0)
    expect(whole.stderr).toContain('add --owner store_owner')

    const part = await plan('--owner', 'store_owner')
    expect(part.code).toBe(0)
    expect(part.stdout).toContain('GRANT SELECT, REFERENCES ON TABLE')
    expect(part.stdout).not.toContain('CREATE ROLE')
    const asOwner = { user: 'store_owner', password: 'of-store-owner' }
    const { code, output } = await runPsql(scene.server, part.stdout, asOwner)
    expect(output).not.toMatch(/ERROR|WARNING/)
    expect(code).toBe(0)
    expect(await has('atlan_user_role', 'public.album')).toBe(true)
    expect(await has('atlan_user_role', 'public.customer')).toBe(false)

    const nobodys = await plan('--owner', 'nobody')
    expect(nobodys).toMatchObject({ code: 2, stdout: '' })
    expect(nobodys.stderr).toContain('Nothing of this plan is for nobody to grant.')
  })
})
