import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { userName } from '../../src/secrets/user-name.ts'

describe('userName', () => {
  it('is the name that the system has for this user', () => {
    expect(userName()).toBe(execFileSync('id', ['-un'], { encoding: 'utf8' }).trim())
  })

  it.runIf(process.geteuid?.() === 0)(
    'is the number, said as such, where there is no name (seen by root)',
    () => {
      const module = join(import.meta.dirname, '..', '..', 'src', 'secrets', 'user-name.ts')
      const script = `import { userName } from ${JSON.stringify(module)}; process.setuid(54321); console.log(userName())`
      const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
        encoding: 'utf8',
      })
      expect(output).toBe('uid 54321\n')
    },
  )
})
