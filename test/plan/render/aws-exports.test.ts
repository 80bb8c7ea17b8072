import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from '@cdktf/hcl2json'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyAws } from '../../../src/engine/aws/apply-aws.ts'
import { noJournal } from '../../../src/engine/journal.ts'
import type { AwsAnswers } from '../../../src/model/aws/answers.ts'
import { type WholeAws, wholeAws } from '../../../src/plan/aws/whole.ts'
import { renderAwsCli } from '../../../src/plan/render/aws-cli.ts'
import { renderCloudFormation } from '../../../src/plan/render/cloudformation.ts'
import { renderTerraform } from '../../../src/plan/render/terraform.ts'
import { resolveTemplate } from '../../support/aws/cloudformation.ts'
import { breachesOf } from '../../support/aws/service-model.ts'
import { type AwsWorld, startAwsWorld } from '../../support/aws/world.ts'
import { awsAnswers, awsUserAnswers } from '../../support/aws-answers.ts'
import { describeWith, findProgram, isCi } from '../../support/requires.ts'
import { shopAnswers } from '../../support/shop-answers.ts'

const run = promisify(execFile)
let world: AwsWorld
let folder: string

beforeEach(async () => {
  world = await startAwsWorld()
  folder = await mkdtemp(join(tmpdir(), 'pg-usher-export-'))
})

afterEach(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
  expect(breachesOf(world.standIn.calls)).toEqual([])
})

const bounded: Partial<AwsAnswers> = {
  path: '/vendors/',
  permissionsBoundary: 'arn:aws:iam::123456789012:policy/bound',
  tags: { team: 'data + own', 'cost centre': '42' },
}
type Database = 'instance' | 'cluster'
const ways: readonly (readonly [string, Partial<AwsAnswers>, Database])[] = [
  ['a role', {}, 'instance'],
  [
    'a role for a vendor that is not known',
    { way: { way: 'role', vendor: { known: false }, externalId: null } },
    'instance',
  ],
  [
    'a role with an external ID, a path, a boundary and tags',
    {
      ...bounded,
      way: {
        way: 'role',
        vendor: { known: true, arn: 'arn:aws:iam::210987654321:role/vendor-node-role' },
        externalId: 'ext-1',
      },
    },
    'instance',
  ],
  ['a user', { way: { way: 'user' } }, 'instance'],
  ['a user with a path, a boundary and tags', { ...bounded, way: { way: 'user' } }, 'instance'],
  ['a role for an Aurora cluster', {}, 'cluster'],
]

async function whole(answers: Partial<AwsAnswers>, of = world): Promise<WholeAws> {
  return wholeAws(shopAnswers, { ...awsAnswers, ...answers }, 'Atlan', await of.plan(answers))
}

/** Another world, for as long as something is done in it. */
async function inWorld<T>(database: Database, act: (other: AwsWorld) => Promise<T>): Promise<T> {
  const other = await startAwsWorld(database)
  try {
    other.instance.modifyingFor = 0
    if (other.cluster !== null) other.cluster.modifyingFor = 0
    return await act(other)
  } finally {
    await other.close()
    expect(breachesOf(other.standIn.calls)).toEqual([])
  }
}

/** What an apply makes of the answers, by the SDK. */
async function applyIn(other: AwsWorld, answers: Partial<AwsAnswers>): Promise<void> {
  const plan = await other.plan(answers)
  await applyAws(other.work(answers), { journal: noJournal }, plan, 'flag', [])
  await applyAws(other.work(answers), { journal: noJournal }, plan, 'changes', [])
}

/** Debian's own, past a shim before it in the PATH that takes as long to start as the program. */
const awsCli = () => (existsSync('/usr/bin/aws') ? '/usr/bin/aws' : findProgram('aws'))

// Each command of AWS CLI takes a second to start: too long for a person's run.
const withAwsCli = isCi() ? describeWith(['aws', 'bash']) : () => {}
withAwsCli('the script, run by AWS CLI', () => {
  /** Debian's AWS CLI knows no AWS_ENDPOINT_URL yet, so a wrapper says it with each call. */
  async function runScript(script: string, args: readonly string[] = [], of = world) {
    const wrapper = join(folder, 'aws')
    await writeFile(wrapper, `#!/bin/sh\nexec ${awsCli()} --endpoint-url ${of.standIn.url} "$@"\n`)
    await chmod(wrapper, 0o755)
    const file = join(folder, 'script.sh')
    await writeFile(file, script)
    return run('bash', [file, ...args], {
      env: { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}` },
    })
  }

  it.each(ways)(
    'makes of %s what the SDK makes; a second run changes nothing',
    async (_what, answers, database) => {
      const byScript = await inWorld(database, async scripted => {
        const script = renderAwsCli(await whole(answers, scripted))
        const keyFile = join(folder, 'key.json')
        const { calls } = scripted.standIn
        await runScript(script, [keyFile], scripted)
        expect(calls.some(({ action }) => action === 'ModifyDBCluster')).toBe(database === 'cluster')
        const state = scripted.state()
        const isUser = answers.way?.way === 'user'
        if (isUser) {
          expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
          expect(JSON.parse(await readFile(keyFile, 'utf8'))).toHaveProperty('AccessKey.SecretAccessKey')
        }
        const changing = calls.length
        if (isUser) await expect(runScript(script, [keyFile], scripted)).rejects.toThrow('is there already')
        else await runScript(script, [], scripted)
        expect(
          calls
            .slice(changing)
            .map(({ action }) => action)
            .filter(action => !/^(Get|List|Describe|Attach)/.test(action)),
        ).toEqual([])
        return state
      })
      await inWorld(database, async other => {
        await applyIn(other, answers)
        expect(other.state()).toEqual(byScript)
      })
    },
  )

  it.each([
    ['role', awsAnswers],
    ['user', awsUserAnswers],
  ])(
    'of a %s that is there gives it its boundary, and drops the oldest of five versions, as the SDK does',
    async (kind, answers) => {
      const endOf = (by: 'script' | 'sdk') =>
        inWorld('instance', async other => {
          await applyIn(other, answers)
          const { policies, roles, users } = other.standIn.account
          const [policy] = policies.values()
          const [principal] = kind === 'role' ? roles.values() : users.values()
          if (policy === undefined || principal === undefined) throw new Error('There is no policy.')
          principal.boundary = 'arn:aws:iam::123456789012:policy/other'
          // The first is in force, and says something else.
          const others = ['v1', 'v2', 'v3', 'v4', 'v5'].map((id, day) => ({
            id,
            document: JSON.stringify({ Version: '2012-10-17', Statement: [] }),
            created: `2026-01-0${day + 1}T00:00:00Z`,
          }))
          policy.versions.splice(0, 1, ...others)
          policy.lastVersion = 5
          const withBoundary = { ...answers, permissionsBoundary: bounded.permissionsBoundary ?? null }
          if (by === 'sdk') await applyIn(other, withBoundary)
          else {
            const script = renderAwsCli(await whole(withBoundary, other))
            // It makes no second key unless it is told where to.
            if (kind === 'role') await runScript(script, [], other)
            else await expect(runScript(script, [], other)).rejects.toThrow('All but the access key')
          }
          return { state: other.state(), versions: policy.versions.map(({ id }) => id) }
        })
      // One after the other: a world is in this process's environment.
      const states = [await endOf('script'), await endOf('sdk')]
      expect(states[0]).toEqual(states[1])
      expect(states[0]?.versions).toEqual(['v1', 'v3', 'v4', 'v5', 'v6'])
      expect(JSON.stringify(states[0]?.state)).toContain(':policy/bound"')
    },
  )

  it('leaves alone what carries no tag of ours, and another account', async () => {
    const script = renderAwsCli(await whole({}))
    await runScript(script)
    for (const { tags } of world.standIn.account.roles.values()) tags.length = 0
    await expect(runScript(script)).rejects.toThrow('did not make it for this login')
    await expect(runScript(script.replaceAll('123456789012', '999999999999'))).rejects.toThrow(
      'These credentials are of the account 123456789012',
    )
  })

  it('stops where something may not be looked at', async () => {
    const script = renderAwsCli(await whole({}))
    world.standIn.faults.push({
      on: 'GetPolicy',
      times: 9,
      with: {
        status: 403,
        code: 'AccessDenied',
        message: 'User: x is not authorized to perform: iam:GetPolicy',
      },
    })
    await expect(runScript(script)).rejects.toThrow('not authorized to perform: iam:GetPolicy')
    expect(world.standIn.account.policies.size).toBe(0)
  })
})

describeWith(['cfn-lint'])("the CloudFormation templates, read by AWS's own linter", () => {
  /** What the linter has against the templates, each with its file; all in one call, since each takes seconds. */
  async function faultsOf(templates: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const files = Object.keys(templates).map(name => join(folder, `${name}.json`))
    for (const [name, text] of Object.entries(templates)) await writeFile(join(folder, `${name}.json`), text)
    const lint = ['--format', 'json', '--include-checks', 'I', '--regions', 'eu-central-1', '--', ...files]
    // It ends with a code of its own where it finds something.
    const { stdout } = await run('cfn-lint', lint).catch((failed: { readonly stdout: string }) => failed)
    const found: readonly { readonly Filename: string; readonly Rule: { readonly Id: string } }[] =
      JSON.parse(stdout)
    return found.map(({ Filename, Rule }) => `${basename(Filename, '.json')}: ${Rule.Id}`)
  }

  it('are without fault in all ways, and one that is broken is told', async () => {
    const templates: Record<string, string> = {}
    for (const [what, answers, database] of ways)
      templates[what] = await inWorld(database, async other =>
        renderCloudFormation(await whole(answers, other)),
      )
    const broken = JSON.parse(templates['a role'] ?? '')
    broken.Resources.Role.Properties.AssumeRolePolicy =
      broken.Resources.Role.Properties.AssumeRolePolicyDocument
    delete broken.Resources.Role.Properties.AssumeRolePolicyDocument
    broken.Outputs.RoleArn.Value['Fn::GetAtt'] = ['Rolle', 'Arn']
    const faults = await faultsOf({ ...templates, broken: JSON.stringify(broken) })
    expect(faults.filter(fault => !fault.startsWith('broken:'))).toEqual([])
    // A property that there is none of, one that has to be there, and a resource that is not.
    expect(faults).toEqual(
      expect.arrayContaining(['broken: E3002', 'broken: E3003', expect.stringMatching(/: E(1010|6101)$/)]),
    )
  })
})

/** What stands at a path in the file as Terraform's own parser reads it. */
async function inTerraform(all: WholeAws, ...path: readonly string[]): Promise<unknown> {
  let value: unknown = await parse('main.tf', renderTerraform(all))
  for (const key of path) {
    const found = (value as Readonly<Record<string, unknown>> | undefined)?.[key]
    // Blocks stand in a list, of one here.
    value = Array.isArray(found) ? found[0] : found
  }
  return value
}

describe.each(ways)('of %s', (_what, answers, database) => {
  beforeEach(async () => {
    if (database !== 'cluster') return
    await world.close()
    world = await startAwsWorld(database)
  })

  it('no export has a key, or asks for one in a template', async () => {
    const all = await whole(answers)
    for (const text of [renderCloudFormation(all), renderTerraform(all)])
      expect(text).not.toMatch(/access_?key|AccessKey|SecretAccessKey/)
  })

  it('the CloudFormation template comes to the policies that the plan has', async () => {
    const all = await whole(answers)
    const template = JSON.parse(renderCloudFormation(all))
    const resources = resolveTemplate(template, {
      'AWS::Partition': 'aws',
      'AWS::AccountId': '123456789012',
    })
    expect(resources['Policy']).toMatchObject({
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { ManagedPolicyName: all.name, Path: all.path, PolicyDocument: all.policy },
    })
    const principal = resources['Role'] ?? resources['User']
    expect(principal?.Properties['PermissionsBoundary']).toBe(all.boundary ?? undefined)
    if (all.trust !== null) {
      const trust = JSON.parse(JSON.stringify(all.trust).replace(/"Sid":"[^"]*",/, ''))
      expect(principal?.Properties['AssumeRolePolicyDocument']).toEqual(trust)
    }
  })

  it('the Terraform file is read by its own parser', async () => {
    const all = await whole(answers)
    const kind = all.trust === null ? 'user' : 'role'
    expect(await inTerraform(all, 'variable', 'db_username', 'default')).toBe('atlan_user')
    const { name, path } = all
    expect(await inTerraform(all, 'resource', 'aws_iam_policy', 'connect')).toMatchObject({ name, path })
    const principal = await inTerraform(all, 'resource', `aws_iam_${kind}`, 'vendor')
    expect(principal).toMatchObject({ name, path })
    if (all.tags.length > 0)
      expect(principal).toMatchObject({ tags: { team: 'data + own', 'cost centre': '42' } })
    const attachment = `aws_iam_${kind}_policy_attachment`
    expect(await inTerraform(all, 'resource', attachment, 'connect', 'policy_arn')).toContain(
      'aws_iam_policy.connect.arn',
    )
  })
})

describe('text in Terraform', () => {
  it('is never read as a template', async () => {
    const open = '$' + '{'
    const all = { ...(await whole({})), tool: `A ${open}file("/etc/passwd")} %{ if true } "x"\\` }
    const description = await inTerraform(all, 'resource', 'aws_iam_policy', 'connect', 'description')
    // As Terraform's JSON has what is no template: the sign twice.
    expect(description).toContain(`$${open}file`)
    expect(description).toContain('%%{ if true }')
  })
})
