import { describe, expect, it } from 'vitest'
import { everyMajorInDepth } from '../support/server.ts'
import { runProgram } from './program.ts'
import { setScene } from './scene.ts'

describe.each(everyMajorInDepth)('on PostgreSQL %i', major => {
  it('both tools are let in, by both layouts, as an administrator who is no superuser', async () => {
    const scene = await setScene({ major })
    try {
      await scene.server.sql("create role dba login createrole password 'dba-password'")
      // CREATEROLE alone grants no memberships before 16 that it has not made, and none of others' tables.
      await scene.server.sql('grant store_owner, reporting_owner to dba')
      for (const tool of ['atlan', 'atlassian-analytics'] as const) {
        const answers = scene.answers(tool)
        const path = scene.save(`${tool}.json`, { ...answers, server: { ...answers.server, user: 'dba' } })
        const end = await runProgram(['apply', '--answers', path, '--yes', '--out', scene.folder], {
          env: { ...scene.env, PGPASSWORD: 'dba-password' },
        })
        expect(end).toMatchObject({ code: 0, stderr: '' })
        expect(end.stdout).toContain('music_store: 13 chosen tables readable')
        expect(end.stdout).toContain('logged in as the user')
      }
      const log = await scene.server.log()
      for (const login of ['atlan_user', 'atlassian_read_only_user']) {
        expect(log).not.toContain(scene.storedPassword(login))
      }
    } finally {
      await scene.end()
    }
  })
})
