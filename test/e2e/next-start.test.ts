import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWizard, startWizard } from '../support/wizard.ts'
import { runProgram } from './program.ts'
import { type Scene, setScene } from './scene.ts'

let scene: Scene
beforeAll(async () => {
  scene = await setScene()
})
afterAll(() => scene?.end())

const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])

describe('answers half given', () => {
  it('outlive a closed window, and are offered at the next start', async () => {
    const state = join(scene.folder, 'state')
    const env = { XDG_STATE_HOME: state }
    const { server, folder } = scene
    const first = await openWizard({ server, folder, env })
    await first.chooseTool('Atlassian Analytics')
    await first.at('Connection')
    first.hangUp()
    await first.waitForExit()
    const [draft = ''] = filesIn(join(state, 'pg-usher'))
    expect(draft).toMatch(/^draft-\d+\.json$/)

    const second = startWizard({ server, folder, env })
    await second.waitFor('Half-given answers of')
    expect(second.screen()).toContain('atlassian-analytics')
    second.type('c\r')
    await second.at('Tool')
    // The highlighted tool is the one that was chosen.
    second.press('enter')
    await second.at('Connection')
    expect(second.screen()).toContain('Atlassian Analytics')
    second.press('ctrl-c')
    await second.waitFor('Leave')
    second.type('y')
    await second.waitForExit()
    expect(filesIn(join(state, 'pg-usher'))).toEqual([])
  })
})

describe('what an earlier run granted', () => {
  it('is taken away by a later one whose answers do not have it any more', async () => {
    const run = (name: string, answers: unknown) =>
      runProgram(['apply', '--answers', scene.save(name, answers), '--yes', '--out', scene.folder], {
        env: scene.env,
      })
    const answers = scene.answers()
    expect(await run('first.json', answers)).toMatchObject({ code: 0 })
    const fewer = answers.databases.map(database => ({
      ...database,
      schemas: database.schemas.map(schema => ({
        ...schema,
        relations: schema.relations.filter(relation => relation !== 'album'),
      })),
    }))
    const second = await run('second.json', { ...answers, databases: fewer })
    expect(second).toMatchObject({ code: 0 })
    expect(second.stdout).toMatch(/REVOKE SELECT.*album/)
    const [held] = await scene.server.sql(
      `SELECT has_table_privilege('atlan_user', 'public.album', 'SELECT') AS album,
         has_table_privilege('atlan_user', 'public.artist', 'SELECT') AS artist`,
      'music_store',
    )
    expect(held).toEqual({ album: false, artist: true })
    expect(await run('second.json', { ...answers, databases: fewer })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing to do'),
    })
  })
})
