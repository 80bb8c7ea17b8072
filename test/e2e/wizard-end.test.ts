import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startWizard, type Wizard } from '../support/wizard.ts'
import { type PausingProxy, startPausingProxy } from './pausing-proxy.ts'
import { stackTrace } from './program.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

let scene: WizardScene
let proxy: PausingProxy
beforeAll(async () => {
  scene = await setWizardScene()
  proxy = await startPausingProxy(scene.server.port)
})
afterEach(async () => {
  proxy.resume()
  await scene.clear()
})
afterAll(async () => {
  await proxy.close()
  await scene.end()
})

/** The environment in which a signal makes the program fail as a fault in it would. */
function withFault(): Record<string, string> {
  const hook = join(scene.folder, 'fault.cjs')
  writeFileSync(hook, "process.on('SIGUSR2', () => { throw new Error('It broke.') })")
  return { NODE_OPTIONS: `--require ${hook}` }
}

/** A wizard that has said yes; its first change does not reach the server. */
async function inTheMiddle(env: Record<string, string> = {}): Promise<Wizard> {
  const answers = scene.answers()
  const path = scene.save('answers.json', { ...answers, server: { ...answers.server, port: proxy.port } })
  const wizard = await scene.open({ connection: 'none', args: ['--answers', path], env })
  await wizard.throughAnswered()
  await wizard.rehearse()
  const reached = proxy.pauseAt('CREATE ROLE atlan_user_role', 1)
  await wizard.sayYes()
  await reached
  return wizard
}

function expectGivenBack(wizard: Wizard): void {
  expect(wizard.modes()).toMatchObject({ alternateScreen: false, cursorVisible: true, bracketedPaste: false })
  expect(wizard.bytes()).not.toMatch(stackTrace)
}

describe('told to end in the middle of an apply', () => {
  it('it takes everything back first, says so, and ends with 130', async () => {
    const wizard = await inTheMiddle()
    const cancelRequest = proxy.nextConnection()
    process.kill(wizard.pid, 'SIGTERM')
    await cancelRequest
    await wizard.waitFor('Taking back what was begun.')
    proxy.resume()
    expect(await wizard.waitForExit()).toEqual({ exitCode: 130, signal: 0 })
    expectGivenBack(wizard)
    expect(wizard.scrollback()).toContain('Nothing was changed on the server.')
    expect(await scene.role('atlan_user_role')).toBeNull()
  })

  it('told twice it waits for nothing, says what may be left, and ends with 3', async () => {
    const wizard = await inTheMiddle()
    process.kill(wizard.pid, 'SIGTERM')
    await wizard.waitFor('Ctrl-C leaves at once')
    // The server has not answered, and will not.
    process.kill(wizard.pid, 'SIGINT')
    expect(await wizard.waitForExit()).toEqual({ exitCode: 3, signal: 0 })
    expectGivenBack(wizard)
    expect(wizard.scrollback()).toContain('Left while it was still being rolled back')
    expect(wizard.scrollback()).toContain('atlan_user_role')
  })
})

describe('a fault of the program', () => {
  it('is said after the screen is gone, in a line, with 1', async () => {
    const wizard = await scene.open({ env: withFault() })
    await wizard.at('Tool')
    process.kill(wizard.pid, 'SIGUSR2')
    expect(await wizard.waitForExit()).toEqual({ exitCode: 1, signal: 0 })
    expectGivenBack(wizard)
    expect(wizard.scrollback()).toContain('pg-usher: It broke.')
    expect(wizard.scrollback()).toContain('please report it')
  })

  it('in the middle of an apply leaves nothing on the server', async () => {
    const wizard = await inTheMiddle(withFault())
    const cancelRequest = proxy.nextConnection()
    process.kill(wizard.pid, 'SIGUSR2')
    await cancelRequest
    proxy.resume()
    expect(await wizard.waitForExit()).toEqual({ exitCode: 1, signal: 0 })
    expectGivenBack(wizard)
    expect(wizard.scrollback()).toContain('Nothing was changed on the server.')
    expect(wizard.scrollback()).toContain('pg-usher: It broke.')
    expect(await scene.role('atlan_user_role')).toBeNull()
  })
})

describe('a bad beginning', () => {
  const end = async (...args: readonly string[]) => {
    const { server, folder } = scene
    const wizard = startWizard({ server, folder, connection: 'none', args })
    const { exitCode } = await wizard.waitForExit()
    expectGivenBack(wizard)
    return { exitCode, said: wizard.scrollback() }
  }

  it('every fault of an answers file is said, with its place, and ends with 2', async () => {
    const path = scene.save('bad.json', {
      ...scene.answers(),
      access: 'everything',
      limits: { connectionLimit: 0 },
    })
    const { exitCode, said } = await end('--answers', path)
    expect(exitCode).toBe(2)
    expect(said).toContain('pg-usher: access: ')
    expect(said).toContain('pg-usher: limits.connectionLimit: ')
    expect(said).toContain('pg-usher: limits.validUntil: ')
  })

  it.each([
    ['an answers file that is not there', ['--answers', '/nowhere/answers.json'], 'it is not there'],
    ['answers from the terminal itself', ['--answers', '-'], 'Give the answers as a file.'],
    ['a URL that is none', ['postgresql://u:hunter2@h:none/db'], 'Its port is not a number'],
    ['a port that is none', ['-p', 'many'], 'many is no port'],
  ])('%s ends with 2', async (_, args, words) => {
    const { exitCode, said } = await end(...args)
    expect(exitCode).toBe(2)
    expect(said.replaceAll(/\s+/g, ' ')).toContain(words)
    expect(said).not.toContain('hunter2')
  })
})
