import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
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

/** The question is there so many times, wherever the screen breaks it. */
const asked = (times: number) => (screen: string) =>
  screen.replace(/\s+/g, ' ').split('leave them (l)?').length === times + 1

const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])

describe('answers half given', () => {
  it('outlive a closed window, and are offered at the next start', async () => {
    // A second try finds no draft of the first.
    const state = mkdtempSync(join(scene.folder, 'state-'))
    const env = { XDG_STATE_HOME: state }
    const { server, folder } = scene
    const drafts = () => filesIn(join(state, 'pg-usher')).filter(name => name.startsWith('draft-'))
    const first = await openWizard({ server, folder, env })
    await first.chooseTool('Atlassian Analytics')
    await first.connect()
    await first.nameAddress('db.example.org')
    first.hangUp()
    await first.waitForExit()
    const [draft = '', ...others] = drafts()
    expect(others).toEqual([])
    expect(draft).toMatch(/^draft-\d+\.json$/)

    const second = startWizard({ server, folder, env })
    await second.waitFor(asked(1))
    expect(second.screen()).toContain('atlassian-analytics')
    // What is no answer is asked again.
    second.type('xc\r')
    await second.waitFor(asked(2))
    second.type('c\r')
    // Back where the first one was.
    await second.at('Roles and sign-in')
    await second.waitFor('Back where you were')
    expect(second.screen()).toContain('Atlassian Analytics')
    // Hung up on again before anything is changed: nothing is lost.
    second.hangUp()
    await second.waitForExit()
    expect(drafts()).toHaveLength(1)

    const third = startWizard({ server, folder, env })
    await third.waitFor(asked(1))
    third.press('enter')
    await third.at('Roles and sign-in')
    third.press('ctrl-c')
    await third.waitFor('Your answers are kept')
    third.press('enter')
    await third.waitForExit()
    expect(third.scrollback()).toContain('Your answers are kept: the next start of pg-usher offers them.')
    expect(drafts()).toHaveLength(1)

    const fourth = startWizard({ server, folder, env })
    await fourth.waitFor(asked(1))
    fourth.type('c\r')
    await fourth.at('Roles and sign-in')
    fourth.press('ctrl-c')
    await fourth.waitFor('d leaves and throws them away')
    fourth.type('d')
    await fourth.waitForExit()
    expect(fourth.scrollback()).toMatch(/Nothing was changed on the server\.$/)
    expect(drafts()).toEqual([])
  })

  it('are not kept of a choice that holds nothing beyond the tool', async () => {
    const state = join(scene.folder, 'state-of-little')
    const { server, folder } = scene
    const wizard = await openWizard({ server, folder, env: { XDG_STATE_HOME: state } })
    await wizard.chooseTool('Atlassian Analytics')
    await wizard.at('Connection')
    wizard.hangUp()
    await wizard.waitForExit()
    expect(filesIn(join(state, 'pg-usher')).filter(name => name.startsWith('draft-'))).toEqual([])
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
