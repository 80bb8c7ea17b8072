import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findTarget } from '../../../src/aws/find-target.ts'
import { firewallAdvice } from '../../../src/plan/firewall/advice.ts'
import type { RdsFound } from '../../../src/plan/firewall/rds.ts'
import { type Ec2StandIn, startEc2StandIn } from '../../support/aws/ec2-stand-in.ts'
import { type AwsWorld, startAwsWorld } from '../../support/aws/world.ts'
import { awsAnswers } from '../../support/aws-answers.ts'
import { describeWith, findProgram, isCi } from '../../support/requires.ts'

const run = promisify(execFile)
const cidrs = ['203.0.113.0/28', '198.51.100.7/32', '2001:db8::/64']
const group = 'sg-0123456789abcdef0'
let world: AwsWorld
beforeEach(async () => {
  world = await startAwsWorld()
})
afterEach(() => world.close())

const request = (host: string) => ({ host, port: 5432, user: 'dba', tool: 'atlan', cidrs })

describe('the security group of a database', () => {
  it('is the one that RDS names, where AWS is asked', async () => {
    const found = await findTarget(awsAnswers, world.instance, world.connection)
    expect(found.database?.securityGroups).toEqual([group])
    // Whatever name the tool uses for it.
    const advice = firewallAdvice('rds', request('db.example.com'), found)
    expect(advice?.commands[0]).toBe(`GROUP=${group}`)
    expect(advice?.commands.slice(1).every(command => command.includes('--region eu-central-1 '))).toBe(true)
    expect(advice?.way).toContain(world.instance.identifier)
    expect(advice?.warnings.join(' ')).toContain('It is not publicly accessible')
  })

  it('is one of several: the others are named', async () => {
    const found = await findTarget(awsAnswers, world.instance, world.connection)
    if (found.database === null) throw new Error('no database')
    const database = { ...found.database, securityGroups: ['sg-1', 'sg-2', 'sg-3'], publiclyAccessible: true }
    const advice = firewallAdvice('rds', request(world.instance.host), { ...found, database })
    expect(advice?.commands[0]).toBe('GROUP=sg-1')
    expect(advice?.warnings.join(' ')).toContain('other security groups too: sg-2, sg-3.')
    expect(advice?.warnings.join(' ')).toContain('It is publicly accessible')
  })

  it.each([
    [
      'shop.abc123.eu-central-1.rds.amazonaws.com',
      'rds',
      'instances --region eu-central-1 --db-instance-identifier shop ',
    ],
    [
      'shop.cluster-abc123.eu-west-1.rds.amazonaws.com',
      'aurora',
      'clusters --region eu-west-1 --db-cluster-identifier shop ',
    ],
    // One instance of a cluster.
    [
      'shop-1.abc123.eu-west-1.rds.amazonaws.com',
      'aurora',
      'instances --region eu-west-1 --db-instance-identifier shop-1 ',
    ],
    ['db.example.com', 'aurora', 'clusters --db-cluster-identifier DB_CLUSTER '],
    ['db.example.com', 'rds', 'instances --db-instance-identifier DB_INSTANCE '],
  ] as const)('is asked for by the command where AWS is not: %s (%s)', (host, provider, words) => {
    expect(firewallAdvice(provider, request(host))?.commands[0]).toContain(`aws rds describe-db-${words}`)
  })
})

// Each command of AWS CLI takes a second to start: too long for a person's run.
const withAwsCli = isCi() ? describeWith(['aws']) : () => {}
withAwsCli('its rules, by AWS CLI', () => {
  let ec2: Ec2StandIn
  let folder: string
  beforeEach(async () => {
    ec2 = await startEc2StandIn()
    folder = await mkdtemp(join(tmpdir(), 'pg-usher-rds-'))
    // Debian's AWS CLI knows no AWS_ENDPOINT_URL yet, so a wrapper says it with each call.
    const wrapper = join(folder, 'aws')
    await writeFile(
      wrapper,
      `#!/bin/sh\nurl=${world.standIn.url}\n[ "$1" = ec2 ] && url=${ec2.url}\nexec ${findProgram('aws')} --endpoint-url $url "$@"\n`,
    )
    await chmod(wrapper, 0o755)
  })
  afterEach(async () => {
    await ec2.close()
    await rm(folder, { recursive: true, force: true })
  })

  const follow = (found: RdsFound | null) =>
    run(
      '/bin/sh',
      ['-euc', firewallAdvice('rds', request(world.instance.host), found)?.commands.join('\n') ?? ''],
      {
        env: { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}` },
      },
    )

  it('get what lacks and keep what is there; a second time adds nothing', async () => {
    const earlier = { group, port: 5432, description: 'our own' }
    ec2.rules.push({ ...earlier, cidr: '192.0.2.0/24' }, { ...earlier, cidr: '203.0.113.0/28' })
    const { stdout } = await follow(null)
    expect(stdout).toContain('192.0.2.0/24')
    const rules = [
      { ...earlier, cidr: '192.0.2.0/24' },
      { ...earlier, cidr: '203.0.113.0/28' },
      { group, port: 5432, cidr: '198.51.100.7/32', description: 'atlan' },
      { group, port: 5432, cidr: '2001:db8::/64', description: 'atlan' },
    ]
    expect(ec2.rules).toEqual(rules)
    await follow(await findTarget(awsAnswers, world.instance, world.connection))
    expect(ec2.rules).toEqual(rules)
    expect(ec2.refusals).toEqual([])
  })
})
