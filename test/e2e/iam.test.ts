import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addInstance, type InstanceState } from '../../src/demo/aws/account.ts'
import { errors } from '../../src/demo/aws/api-error.ts'
import { behindTokenDoor, checkAtDoor, needsTokenSql, socketPathOf } from '../../src/demo/aws/rds-door.ts'
import { callerArn, type StandIn, startStandIn } from '../../src/demo/aws/stand-in.ts'
import { startTokenDoor, type TokenDoor } from '../../src/demo/aws/token-door.ts'
import type { Answers } from '../../src/model/answers.ts'
import { breachesOf } from '../support/aws/service-model.ts'
import { awsAnswers } from '../support/aws-answers.ts'
import { isCi, itInCi } from '../support/requires.ts'
import { tlsFiles } from '../support/server.ts'
import { runProgram } from './program.ts'
import { type Scene, setScene } from './scene.ts'

let scene: Scene
let before: readonly string[]
let standIn: StandIn
let instance: InstanceState

beforeAll(async () => {
  scene = await setScene({ tls: true })
  await scene.server.sql('CREATE ROLE rds_iam')
  before = await scene.snapshot()
})
afterAll(() => scene?.end())

beforeEach(async () => {
  standIn = await startStandIn()
  instance = addInstance(standIn.account, { modifyingFor: 0 })
})
afterEach(async () => {
  await standIn.close()
  expect(breachesOf(standIn.calls)).toEqual([])
})

const answersFor = (way: Answers['authentication'] & { readonly method: 'aws-iam' }): Answers => ({
  ...scene.answers(),
  endpoint: { host: instance.host, port: instance.port },
  authentication: way,
  limits: { ...scene.answers().limits, validUntil: null },
})
const byRole = () => answersFor({ method: 'aws-iam', aws: awsAnswers })
const byUser = () => answersFor({ method: 'aws-iam', aws: { ...awsAnswers, way: { way: 'user' } } })
const typedByNobody = () =>
  answersFor({
    method: 'aws-iam',
    aws: {
      ...awsAnswers,
      credentials: { from: 'nobody' },
      target: {
        from: 'typed',
        partition: 'aws',
        region: 'eu-central-1',
        account: '123456789012',
        resourceId: 'db-ABC',
      },
    },
  })
const env = () => ({
  ...scene.env,
  ...standIn.env,
  XDG_STATE_HOME: join(scene.folder, 'state'),
  AWS_SHARED_CREDENTIALS_FILE: join(scene.folder, 'aws-credentials'),
})
const run = (...args: string[]) => runProgram(args, { env: env(), cwd: scene.folder })
const inAws = () => ({
  policies: standIn.account.policies.size,
  roles: standIn.account.roles.size,
  users: standIn.account.users.size,
  keys: [...standIn.account.users.values()].flatMap(({ keys }) => keys).length,
})
const nothing = { policies: 0, roles: 0, users: 0, keys: 0 }

describe('apply with a role of AWS', () => {
  it('shows all of it, makes all of it, fills the form, and undo takes all of it back', async () => {
    const answers = scene.save('role.json', byRole())
    const planned = await run('plan', '--answers', answers, '--format', 'markdown')
    expect(planned).toMatchObject({ code: 0 })
    expect(planned.stdout).toContain('rds-db:connect')
    expect(planned.stdout).toContain('## In AWS')
    expect(planned.stdout).toContain('aws iam create-role')
    const asJson = JSON.parse((await run('plan', '--answers', answers, '--format', 'json')).stdout)
    expect(asJson.aws.changes.map((change: { kind: string }) => change.kind)).toContain('create-role')
    expect(asJson.aws.changes[0].calls[0]).toMatchObject({ service: 'iam' })
    const applied = await run('apply', '--answers', answers, '--yes')
    expect(applied.stderr).toContain('AWS account 123456789012, region eu-central-1')
    expect(applied.stdout).toContain('aws iam create-role --role-name')
    expect(applied).toMatchObject({ code: 5 })
    expect(inAws()).toEqual({ ...nothing, policies: 1, roles: 1 })
    expect(instance.iam).toBe(true)
    expect(applied.stdout).toMatch(/AWS Role ARN +arn:aws:iam::123456789012:role\/atlan-db-/)
    const again = await run('apply', '--answers', answers, '--yes')
    expect(again.stdout).toContain('Nothing to do')
    expect(await run('verify', '--answers', answers)).toMatchObject({ code: 5 })
    instance.iam = false
    const [policy] = standIn.account.policies.values()
    policy?.versions.splice(0, 1, {
      ...policy.versions[0],
      id: 'v1',
      created: '2026-01-01T00:00:00Z',
      document: '{}',
    })
    const drifted = await run('verify', '--answers', answers)
    expect(drifted).toMatchObject({ code: 4 })
    expect(drifted.stdout.replace(/\s+/g, ' ')).toContain('Turn IAM authentication on for the instance shop')
    expect(drifted.stdout.replace(/\s+/g, ' ')).toContain('aws iam create-policy-version')
    const receipt = /Receipt: (\S+)\.md/.exec(applied.stdout)?.[1]
    const undone = await run('undo', '--receipt', `${receipt}.json`, '--yes')
    expect(undone.stderr + undone.stdout).not.toContain('unexpected')
    expect(inAws()).toEqual(nothing)
    expect(await scene.snapshot()).toEqual(before)
    expect(readFileSync(`${receipt}.json`, 'utf8')).not.toContain('SecretAccessKey')
  })

  it('that is denied changes nothing and writes the request to the cloud team', async () => {
    instance.iam = true
    standIn.faults.push({
      on: 'CreateRole',
      with: errors.denied(callerArn(standIn.account), 'iam:CreateRole', 'role x'),
    })
    const applied = await run('apply', '--answers', scene.save('denied.json', byRole()), '--yes')
    expect(applied).toMatchObject({ code: 1 })
    expect(applied.stderr).toContain('To the cloud team')
    expect(applied.stderr).toContain('"iam:CreateRole"')
    expect(inAws()).toEqual(nothing)
    expect(await scene.snapshot()).toEqual(before)
  })

  it('of nobody makes the database part, and leaves all of AWS as still to do', async () => {
    const answers = scene.save('nobody.json', typedByNobody())
    const applied = await run('apply', '--answers', answers, '--yes')
    expect(applied).toMatchObject({ code: 5 })
    const told = applied.stdout.replace(/\s+/g, ' ')
    expect(told).toContain('Have made in AWS, in account 123456789012, region eu-central-1.')
    expect(told).toContain('1. See that IAM authentication is on for db-ABC')
    expect(told).toContain('2. Create the policy atlan-db-ABC-atlan_user.')
    expect(told).toContain('pg-usher plan --format aws-cli (a script), cloudformation or terraform')
    expect(standIn.calls).toEqual([])
    const receipt = /Receipt: (\S+)\.md/.exec(applied.stdout)?.[1]
    expect(await run('undo', '--receipt', `${receipt}.json`, '--yes')).toMatchObject({ code: 0 })
    expect(await scene.snapshot()).toEqual(before)
  })

  it.each(isCi() ? ['plan', 'apply', 'verify'] : ['apply'])(
    '%s that may not even look says so to the cloud team, with the least policy',
    async command => {
      standIn.authorize = async ({ service, action }) =>
        service === 'sts' ? null : errors.denied(callerArn(standIn.account), `${service}:${action}`, 'x')
      const answers = scene.save('blind.json', byUser())
      const end = await run(command, '--answers', answers, ...(command === 'apply' ? ['--yes'] : []))
      expect(end.stderr).toContain('To the cloud team:')
      expect(end.stderr).toContain('may not rds:DescribeDBInstances')
      expect(end.stderr).toContain('--query')
      const [, json = ''] = /^ {2}(\{\n[\s\S]*?\n {2}\})$/m.exec(end.stderr) ?? []
      const policy = JSON.stringify(JSON.parse(json))
      for (const action of ['rds:ModifyDBInstance', 'iam:CreateUser', 'iam:DeletePolicy', 'iam:GetUser'])
        expect(policy).toContain(`"${action}"`)
      // verify looks at the database all the same.
      expect(end.code).toBe(command === 'verify' ? 4 : 1)
      expect(inAws()).toEqual(nothing)
      expect(await scene.snapshot()).toEqual(before)
    },
  )

  itInCi('that may not delete what it made says what undo needs, and takes the database back', async () => {
    instance.iam = true
    const applied = await run('apply', '--answers', scene.save('kept.json', byRole()), '--yes')
    const receipt = `${/Receipt: (\S+)\.md/.exec(applied.stdout)?.[1]}.json`
    standIn.authorize = async ({ action }) =>
      action.startsWith('Delete') || action.startsWith('Detach')
        ? errors.denied(callerArn(standIn.account), `iam:${action}`, 'x')
        : null
    const denied = await run('undo', '--receipt', receipt, '--yes')
    expect(denied).toMatchObject({ code: 3, stderr: expect.stringContaining('To the cloud team:') })
    expect(denied.stderr).toContain('"iam:DetachRolePolicy"')
    expect(denied.stderr).toContain('aws iam delete-role --role-name')
    // Where not even a look is allowed, the database is taken back all the same; it is by now.
    standIn.authorize = async ({ service, action }) =>
      service === 'sts' ? null : errors.denied(callerArn(standIn.account), `${service}:${action}`, 'x')
    const blind = await run('undo', '--receipt', receipt, '--yes')
    expect(blind).toMatchObject({ code: 3, stderr: expect.stringContaining('AWS could not be asked') })
    expect(await scene.snapshot()).toEqual(before)
    standIn.authorize = null
    expect(await run('undo', '--receipt', receipt, '--yes')).toMatchObject({ code: 0 })
    expect(inAws()).toEqual(nothing)
  })

  it.each(['aws-cli', 'cloudformation', 'terraform'])(
    'is exported as %s where AWS may not be asked',
    async format => {
      const { code, stdout } = await run(
        'plan',
        '--answers',
        scene.save('typed.json', typedByNobody()),
        '--format',
        format,
      )
      expect(code).toBe(0)
      expect(stdout).toContain('db-ABC')
      expect(standIn.calls).toEqual([])
    },
  )
})

describe('apply with a user of AWS', () => {
  let door: TokenDoor
  let shut: string | null = null
  beforeEach(async () => {
    shut = null
    await scene.server.setHba(behindTokenDoor)
    const { account } = standIn
    door = await startTokenDoor({
      server: { host: '127.0.0.1', port: scene.server.port, socketPath: socketPathOf(scene.server) },
      tls: {
        certificate: readFileSync(tlsFiles.certificateFile, 'utf8'),
        key: readFileSync(tlsFiles.keyFile, 'utf8'),
      },
      needsToken: async user =>
        (await scene.server.sql(needsTokenSql, 'postgres', [user])).some(row => row['needs'] === true),
      check: async (token, user) =>
        shut === null ? checkAtDoor(token, user, { account, instance }) : { good: false, because: shut },
    })
  })
  afterEach(async () => {
    await door.close()
    await scene.server.setHba(['local all all scram-sha-256', 'host all all 127.0.0.1/32 scram-sha-256'])
  })
  const throughDoor = (answers: Answers): Answers => ({
    ...answers,
    server: { ...answers.server, port: door.port, tls: 'require' },
  })

  it('keeps the key where the tools of AWS look, logs in by a token that is checked, and undo takes key and profile away', async () => {
    const answers = scene.save('user.json', {
      ...throughDoor(byUser()),
      secret: { store: 'aws-credentials' },
    })
    const applied = await run('apply', '--answers', answers, '--yes')
    expect(applied).toMatchObject({ code: 0 })
    expect(door.refused).toEqual([])
    const [user] = [...standIn.account.users.values()]
    const [key] = user?.keys ?? []
    const secretKey = standIn.account.secrets.get(key?.id ?? '')
    if (user === undefined || key === undefined || secretKey === undefined) throw new Error('there is no key')
    const credentials = join(scene.folder, 'aws-credentials')
    const text = readFileSync(credentials, 'utf8')
    expect(text).toContain(`[${user.name}]`)
    expect(text).toContain(key.id)
    expect(text).toContain(secretKey)
    expect(applied.stdout + applied.stderr).not.toContain(secretKey)
    expect(applied.stdout).toContain(`--profile ${user.name}`)
    expect(await run('verify', '--answers', answers)).toMatchObject({ code: 0 })
    const receipt = /Receipt: (\S+)\.md/.exec(applied.stdout)?.[1]
    const undone = await run('undo', '--receipt', `${receipt}.json`, '--yes')
    expect(undone).toMatchObject({ code: 0 })
    expect(inAws()).toEqual(nothing)
    expect(readFileSync(credentials, 'utf8')).not.toContain(key.id)
    expect(await scene.snapshot()).toEqual(before)
  })

  it('verify signs in with a fresh token, by AWS or by what was noted here; a key that was taken away is told', async () => {
    const saved = { ...throughDoor(byUser()), secret: { store: 'passfile', path: scene.passfile } } as const
    const answers = scene.save('verified.json', saved)
    const applied = await run('apply', '--answers', answers, '--yes')
    expect(applied).toMatchObject({ code: 0 })
    for (const more of [[], ['--as-user']]) {
      const verified = await run('verify', '--answers', answers, '--json', ...more)
      const { result } = JSON.parse(verified.stdout)
      expect(result.drift).toEqual([])
      expect(result.databases.map(({ by }: { by: string }) => by)).toEqual(['login', 'login'])
      expect(verified.code).toBe(0)
    }
    expect(door.refused).toEqual([])
    expect(standIn.calls.filter(({ action }) => action === 'GetUser').length).toBeGreaterThan(0)
    const asked = standIn.calls.length
    await run('verify', '--answers', answers, '--as-user')
    expect(standIn.calls).toHaveLength(asked)
    const [user] = standIn.account.users.values()
    user?.keys.splice(0)
    const drifted = await run('verify', '--answers', answers)
    expect(drifted).toMatchObject({ code: 4 })
    expect(drifted.stdout.replace(/\s+/g, ' ')).toContain('Create an access key for the user')
    const receipt = /Receipt: (\S+)\.md/.exec(applied.stdout)?.[1]
    await run('undo', '--receipt', `${receipt}.json`, '--yes')
    expect(inAws()).toEqual(nothing)
    expect(await scene.snapshot()).toEqual(before)
  })

  itInCi('verify waits for a token that is refused, for a while, and then says so', async () => {
    const answers = scene.save('refused.json', throughDoor(byUser()))
    const applied = await run('apply', '--answers', answers, '--yes')
    shut = 'a test'
    const refused = await run('verify', '--answers', answers)
    expect(refused).toMatchObject({ code: 4 })
    expect(refused.stderr).toMatch(/Waiting: refused so far, since \d+ of at most 15 seconds/)
    expect(refused.stdout.replace(/\s+/g, ' ')).toContain('with a token that was made just now is refused')
    expect(door.refused.length).toBeGreaterThan(1)
    const receipt = /Receipt: (\S+)\.md/.exec(applied.stdout)?.[1]
    await run('undo', '--receipt', `${receipt}.json`, '--yes')
    expect(await scene.snapshot()).toEqual(before)
  })

  itInCi(
    'is taken back where the door goes on refusing the token, and says what the server said',
    async () => {
      instance.iam = true
      shut = 'its policies do not let it connect'
      const applied = await run('apply', '--answers', scene.save('shut.json', throughDoor(byUser())), '--yes')
      expect(applied).toMatchObject({ code: 1 })
      expect(applied.stderr).toContain('PAM authentication failed for user "atlan_user"')
      expect(inAws()).toEqual(nothing)
      expect(await scene.snapshot()).toEqual(before)
    },
  )

  it('is refused that place where there is no key', async () => {
    const answers = scene.save('none.json', { ...byRole(), secret: { store: 'aws-credentials' } })
    const planned = await run('plan', '--answers', answers)
    expect(planned).toMatchObject({ code: 2, stderr: expect.stringContaining('takes access keys') })
  })
})
