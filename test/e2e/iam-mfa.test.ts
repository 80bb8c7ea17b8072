import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addInstance, callerKey, type InstanceState } from '../../src/demo/aws/account.ts'
import { type StandIn, startStandIn } from '../../src/demo/aws/stand-in.ts'
import { breachesOf } from '../support/aws/service-model.ts'
import { awsAnswers } from '../support/aws-answers.ts'
import { openTerminal } from '../support/terminal.ts'
import { program } from './program.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

const role = 'arn:aws:iam::123456789012:role/admins'
const device = 'arn:aws:iam::123456789012:mfa/dba'

let scene: WizardScene
let standIn: StandIn
let instance: InstanceState

beforeAll(async () => {
  scene = await setWizardScene({ tls: true })
  await scene.server.sql('CREATE ROLE rds_iam')
})
afterAll(() => scene?.end())
beforeEach(async () => {
  standIn = await startStandIn()
  instance = addInstance(standIn.account, { iam: true })
  writeFileSync(
    join(scene.folder, 'aws-config'),
    `[profile admins]\nrole_arn = ${role}\nsource_profile = dba\nmfa_serial = ${device}\nregion = eu-central-1\n`,
  )
  writeFileSync(
    join(scene.folder, 'aws-credentials'),
    `[dba]\naws_access_key_id = ${callerKey.id}\naws_secret_access_key = ${callerKey.secret}\n`,
  )
})
afterEach(async () => {
  await standIn.close()
  expect(breachesOf(standIn.calls)).toEqual([])
})

/** As a person has it: keys in a profile, nothing in the environment. */
const env = () => ({
  ...standIn.env,
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_CONFIG_FILE: join(scene.folder, 'aws-config'),
  AWS_SHARED_CREDENTIALS_FILE: join(scene.folder, 'aws-credentials'),
})

/** The calls for a session of the role. */
const sessions = () =>
  standIn.calls
    .filter(({ action }) => action === 'AssumeRole')
    .map(({ parameters }) => ['RoleArn', 'SerialNumber', 'TokenCode'].map(name => parameters.get(name)))

/** Whether all that was asked after it was signed with the session's key, and some was. */
const askedBySession = () => {
  const others = standIn.calls.filter(({ action }) => action !== 'AssumeRole')
  return others.length > 1 && others.every(({ accessKeyId }) => accessKeyId.startsWith('ASIA'))
}

describe('a profile with an MFA device, in a terminal', () => {
  it('is asked for its digits in the wizard, which goes on with the session they give', async () => {
    const wizard = await scene.open({ env: env(), rows: 60, cols: 120 })
    await wizard.chooseTool('Atlan')
    await wizard.connect()
    await wizard.nameAddress(instance.host, '5432')
    await wizard.option('Signs in with', 'AWS IAM')
    wizard.press('enter')
    await wizard.at('AWS')
    await wizard.option('AWS is asked with', 'a profile')
    await wizard.fill('Profile', 'admins')
    wizard.press('enter')
    await wizard.waitFor('AWS wants the six digits of your device.')
    expect(wizard.screen()).toContain(device)
    // Five are too few: it goes on asking.
    wizard.type('12345')
    wizard.press('enter')
    await wizard.waitFor('12345')
    expect(sessions()).toEqual([])
    wizard.type('6')
    wizard.press('enter')
    await wizard.waitFor('Enter goes on.')
    expect(sessions()).toEqual([[role, device, '123456']])
    expect(askedBySession()).toBe(true)
    await wizard.leave()
  })

  it('is asked for its digits by apply, before anything is planned', async () => {
    const answers = scene.save('mfa.json', {
      ...scene.answers(),
      endpoint: { host: instance.host, port: instance.port },
      authentication: {
        method: 'aws-iam',
        aws: { ...awsAnswers, credentials: { from: 'profile', profile: 'admins' } },
      },
    })
    const terminal = openTerminal({
      command: process.execPath,
      args: [program, 'apply', '--answers', answers, '--out', scene.folder],
      env: { ...scene.env, ...env(), XDG_STATE_HOME: join(scene.folder, 'state') },
      rows: 60,
      cols: 120,
    })
    try {
      await terminal.waitFor(`Code of the MFA device ${device}:`)
      terminal.type('654321\r')
      await terminal.waitFor('Type yes:')
      expect(sessions()).toEqual([[role, device, '654321']])
      expect(askedBySession()).toBe(true)
      terminal.type('no\r')
      expect(await terminal.waitForExit()).toMatchObject({ exitCode: 130 })
      expect(standIn.account.roles.size).toBe(0)
    } finally {
      await terminal.close()
    }
  })
})
