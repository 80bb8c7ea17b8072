import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestServer } from './server.ts'

/** What is typed where the script asks for the new password. */
export const typedPassword = 'a-new-password-1'

/** Runs a script as README says, in a session without a terminal, so that psql takes the password from stdin. */
export async function runPsql(
  server: TestServer,
  script: string,
  options: { user?: string; password?: string; stdin?: string } = {},
): Promise<{ code: number | null; output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'pg-usher-test-'))
  try {
    const file = join(folder, 'plan.sql')
    await writeFile(file, script)
    const child = spawn('psql', ['-X', '-f', file], {
      detached: true,
      env: {
        ...process.env,
        PGHOST: server.host,
        PGPORT: String(server.port),
        PGUSER: options.user ?? server.adminUser,
        PGPASSWORD: options.password ?? server.adminPassword,
        PGDATABASE: 'postgres',
      },
    })
    let output = ''
    const collect = (data: Buffer) => {
      output += data.toString()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.stdin.end(options.stdin ?? `${typedPassword}\n${typedPassword}\n`)
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    })
    return { code, output }
  } finally {
    await rm(folder, { recursive: true })
  }
}
