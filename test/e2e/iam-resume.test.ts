import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addInstance, type InstanceState } from '../../src/demo/aws/account.ts'
import { type StandIn, startStandIn } from '../../src/demo/aws/stand-in.ts'
import type { Answers } from '../../src/model/answers.ts'
import type { AwsWay } from '../../src/model/aws/answers.ts'
import { breachesOf } from '../support/aws/service-model.ts'
import { awsAnswers } from '../support/aws-answers.ts'
import { runProgram } from './program.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

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
})
afterEach(async () => {
  await standIn.close()
  expect(breachesOf(standIn.calls)).toEqual([])
})

const vendor = 'arn:aws:iam::210987654321:role/vendor-node-role'
const trustedBy = (vendorNow: Extract<AwsWay, { way: 'role' }>['vendor']): Answers => ({
  ...scene.answers(),
  endpoint: { host: instance.host, port: instance.port },
  authentication: {
    method: 'aws-iam',
    aws: { ...awsAnswers, way: { way: 'role', vendor: vendorNow, externalId: null } },
  },
})
const run = (...args: string[]) =>
  runProgram(args, {
    env: { ...scene.env, ...standIn.env, XDG_STATE_HOME: `${scene.folder}/state` },
    cwd: scene.folder,
  })
const trust = () => JSON.parse([...standIn.account.roles.values()][0]?.trust ?? 'null')
const receiptIn = (stdout: string) => `${/Receipt: (\S+)\.md/.exec(stdout)?.[1]}.json`
const words = (text: string) => text.replace(/\s+/g, ' ')

describe("a role that waits for the vendor's ARN", () => {
  it('is opened to it, and to nobody else, by one change on a later day, from a file and from the wizard', async () => {
    const before = await scene.snapshot()
    const closed = scene.save('closed.json', trustedBy({ known: false }))
    const first = await run('apply', '--answers', closed, '--yes')
    expect(first).toMatchObject({ code: 5 })
    const [role] = standIn.account.roles.values()
    if (role === undefined) throw new Error('There is no role.')
    expect(words(first.stdout)).toContain(`The role for you to assume is ${role.arn}.`)
    const nobody = trust()
    expect(nobody).toMatchObject({ Statement: [{ Effect: 'Deny', Principal: { AWS: '*' } }] })
    const halfway = await scene.snapshot()

    // The vendor has answered: in the wizard, which opens with what was saved.
    const wizard = await scene.open({
      args: ['--answers', closed],
      env: { ...standIn.env },
      rows: 60,
      cols: 120,
    })
    await wizard.chooseTool('Atlan')
    await wizard.connect()
    wizard.press('enter')
    await wizard.at('Roles and sign-in')
    wizard.press('enter')
    await wizard.at('AWS')
    await wizard.fill("Vendor's ARN", vendor)
    wizard.press('enter')
    await wizard.waitFor('You are arn:aws:iam::123456789012:user/dba')
    wizard.press('enter')
    await wizard.at('Schemas')
    await wizard.waitFor('/ filters')
    wizard.press('enter')
    await wizard.at('Tables')
    await wizard.waitFor('to_reorder')
    wizard.press('enter')
    await wizard.at('Network')
    wizard.press('enter')
    await wizard.at('Review')
    await wizard.waitFor('aws iam update-assume-role-policy')
    const review = words(wizard.screen())
    expect(review.match(/aws (iam|rds) [a-z-]+/g)).toEqual(['aws iam update-assume-role-policy'])
    // Of the server: roles, two databases, the login.
    expect(review).toContain(' 1 change in all;')
    expect(review).toContain('Changed besides roles and grants: 1 change in AWS.')
    expect(review.match(/Nothing to change: it is there already/g)).toHaveLength(4)
    expect(review).not.toContain('has also what these roles have')
    await wizard.leave()
    expect(trust()).toEqual(nobody)

    // The same from a file.
    const open = scene.save('open.json', trustedBy({ known: true, arn: vendor }))
    const plan = JSON.parse((await run('plan', '--answers', open, '--format', 'json')).stdout)
    expect(plan.aws.flag).toEqual([])
    expect(plan.aws.changes).toMatchObject([{ kind: 'update-trust', role: role.name }])
    expect([plan.roles, plan.opening]).toEqual([[], []])
    const calls = standIn.calls.length
    const second = await run('apply', '--answers', open, '--yes')
    expect(second).toMatchObject({ code: 5 })
    expect(
      standIn.calls
        .slice(calls)
        .map(({ action }) => action)
        .filter(action => !/^(Get|List|Describe)/.test(action)),
    ).toEqual(['UpdateAssumeRolePolicy'])
    expect(trust()).toEqual({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: vendor }, Action: 'sts:AssumeRole' }],
    })
    // Nothing was asked for any more.
    expect(second.stdout).not.toContain('The role for you to assume is')
    expect(await scene.snapshot()).toEqual(halfway)

    // Each undo takes back what its run did.
    expect(await run('undo', '--receipt', receiptIn(second.stdout), '--yes')).toMatchObject({ code: 0 })
    expect(trust()).toEqual(nobody)
    expect(await scene.snapshot()).toEqual(halfway)
    expect(await run('undo', '--receipt', receiptIn(first.stdout), '--yes')).toMatchObject({ code: 0 })
    expect([standIn.account.roles.size, standIn.account.policies.size]).toEqual([0, 0])
    expect(await scene.snapshot()).toEqual(before)
  })
})
