import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addInstance, type InstanceState } from '../../src/demo/aws/account.ts'
import { errors } from '../../src/demo/aws/api-error.ts'
import { callerArn, type StandIn, startStandIn } from '../../src/demo/aws/stand-in.ts'
import { breachesOf } from '../support/aws/service-model.ts'
import { itInCi } from '../support/requires.ts'
import type { Wizard } from '../support/wizard.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

let scene: WizardScene
let standIn: StandIn
let instance: InstanceState

beforeAll(async () => {
  scene = await setWizardScene({ tls: true })
  await scene.server.sql('CREATE ROLE rds_iam')
  // Nobody checks the token here: what is shown is that the login comes in as a member of rds_iam.
  await scene.server.setHba([
    'host all +rds_iam 127.0.0.1/32 trust',
    'local all all scram-sha-256',
    'host all all 127.0.0.1/32 scram-sha-256',
  ])
})
beforeEach(async () => {
  standIn = await startStandIn()
  instance = addInstance(standIn.account, { pending: { EngineVersion: '16.4' }, modifyingFor: 1 })
})
afterEach(async () => {
  await standIn.close()
  await scene.server.sql(
    "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'atlan_user') THEN REVOKE rds_iam FROM atlan_user; END IF; END $$",
  )
  const others = "SELECT rolname FROM pg_roles WHERE rolname ~ '^atlan'"
  for (const { rolname } of await scene.server.sql(others)) {
    for (const database of ['music_store', 'warehouse'])
      await scene.server.sql(`DROP OWNED BY ${String(rolname)} CASCADE`, database)
    await scene.server.sql(`DROP ROLE ${String(rolname)}`)
  }
  expect(breachesOf(standIn.calls)).toEqual([])
})
afterAll(() => scene?.end())

const said = (wizard: Wizard) => wizard.screen().replace(/\s+/g, ' ')

/** From the first key to the question about AWS. */
async function atAws(): Promise<Wizard> {
  const wizard = await scene.open({ env: { ...standIn.env }, rows: 60, cols: 120 })
  await wizard.chooseTool('Atlan')
  await wizard.connect()
  await wizard.nameAddress(instance.host, '5432')
  await wizard.option('Signs in with', 'AWS IAM')
  wizard.press('enter')
  await wizard.at('AWS')
  return wizard
}

/** From the answer of AWS to the plan. */
async function toReview(wizard: Wizard): Promise<void> {
  await wizard.at('Schemas')
  await wizard.chooseSchemas('music_store.public')
  await wizard.chooseTables('public.genre')
  wizard.press('enter')
}

describe("the vendor's page on IAM, step by step", () => {
  it('enables it, makes user, policy and key, attaches them, and fills the form of the IAM user', async () => {
    const wizard = await atAws()
    await wizard.option('Atlan has', 'a user with a key')
    await wizard.option('IAM turned on', 'yes, where it is off')
    wizard.press('enter')
    await wizard.waitFor('You are arn:aws:iam::123456789012:user/dba, in account 123456789012.')
    // What is applied with it is named before.
    expect(said(wizard)).toContain('all that waits for the maintenance window: EngineVersion = 16.4')
    wizard.press('enter')
    await toReview(wizard)
    await wizard.at('Password')
    await wizard.keepInPassfile()
    await wizard.rehearse()
    await wizard.agree()
    await wizard.waitFor(/instance shop.*modifying, since \d+ seconds/)
    await wizard.waitFor('Done, and proved by logging in as the new user.', { timeout: 60_000 })
    wizard.press('enter')
    await wizard.at('Done')
    const [user] = standIn.account.users.values()
    const key = user?.keys[0]?.id ?? ''
    expect(said(wizard)).toMatch(
      new RegExp(
        `Authentication IAM User AWS Access Key ${key} AWS Secret Key .* Database Username atlan_user AWS Region eu-central-1 RDS Port 5432 Database music_store`,
      ),
    )
    expect(instance).toMatchObject({ iam: true, pending: {} })
    const [policy] = standIn.account.policies.values()
    expect(user?.attached).toEqual([policy?.arn])
    expect(JSON.parse(policy?.versions[0]?.document ?? '')).toMatchObject({
      Statement: [
        {
          Action: 'rds-db:connect',
          Resource: `arn:aws:rds-db:eu-central-1:123456789012:dbuser:${instance.resourceId}/atlan_user`,
        },
      ],
    })
    expect(wizard.storedPassword(key)).toBe(standIn.account.secrets.get(key))
    wizard.press('enter')
    await wizard.waitForExit()
  })

  itInCi(
    'makes the role that nobody may assume, writes the ticket with its ARN, fills the form',
    async () => {
      instance.iam = true
      const wizard = await atAws()
      wizard.press('enter')
      await wizard.waitFor('You are arn:aws:iam::123456789012:user/dba')
      wizard.press('enter')
      await toReview(wizard)
      await wizard.at('Review')
      await wizard.rehearse()
      await wizard.agree()
      await wizard.waitFor('not provable from here', { timeout: 60_000 })
      wizard.press('enter')
      await wizard.at('Done')
      const [role] = standIn.account.roles.values()
      expect(said(wizard)).toContain(
        `Authentication IAM Role Database Username atlan_user AWS Role ARN ${role?.arn}`,
      )
      expect(said(wizard)).toContain(`The role for you to assume is ${role?.arn}.`)
      expect(JSON.parse(role?.trust ?? '')).toMatchObject({ Statement: [{ Effect: 'Deny' }] })
      wizard.press('enter')
      await wizard.waitForExit()
    },
  )
})

describe('credentials that may do nothing', () => {
  it('get the request to the cloud team, with action, policy and how somebody else looks', async () => {
    standIn.authorize = async ({ service, action }) =>
      service === 'sts' ? null : errors.denied(callerArn(standIn.account), `${service}:${action}`, 'x')
    const wizard = await atAws()
    wizard.press('enter')
    await wizard.waitFor('To the cloud team:')
    const text = said(wizard)
    expect(text).toContain('arn:aws:iam::123456789012:user/dba may not rds:DescribeDBInstances')
    expect(text).toContain('"Action": [ "rds:DescribeDBClusters", "rds:DescribeDBInstances" ]')
    wizard.press('end')
    await wizard.leave()
  })

  itInCi(
    'or nobody: all of AWS is still to do, and saved as script, CloudFormation and Terraform',
    async () => {
      const wizard = await atAws()
      await wizard.option('AWS is asked with', 'not at all')
      await wizard.option('The database', 'is typed')
      await wizard.fill('Region', 'eu-central-1')
      await wizard.fill('Account', '123456789012')
      await wizard.fill('Resource ID', 'db-ABCDEFGHIJKLMNOP')
      wizard.press('enter')
      await toReview(wizard)
      await wizard.at('Review')
      await wizard.waitFor('r rehearses')
      wizard.press('ctrl-s')
      await wizard.waitFor('Saved SQL')
      const files = ['atlan-aws.sh', 'atlan-aws.cloudformation.json', 'atlan-aws.tf']
      expect(wizard.savedFiles()).toEqual(expect.arrayContaining([...files, 'atlan.sql']))
      for (const file of files)
        expect(readFileSync(join(wizard.out, file), 'utf8')).toContain('db-ABCDEFGHIJKLMNOP')
      await wizard.rehearse()
      await wizard.agree()
      await wizard.waitFor('not provable from here', { timeout: 60_000 })
      wizard.press('enter')
      await wizard.at('Done')
      expect(said(wizard)).toContain('Have made in AWS, in account 123456789012, region eu-central-1.')
      expect(said(wizard)).toContain('- Create the policy atlan-db-ABCDEFGHIJKLMNOP-atlan_user.')
      expect(standIn.calls).toEqual([])
      wizard.press('enter')
      await wizard.waitForExit()
    },
  )
})
