import { describe, expect, it } from 'vitest'
import type { Provider } from '../../../src/model/server-facts.ts'
import { firewallAdvice } from '../../../src/plan/firewall/advice.ts'
import { ranAtServices as ran } from '../../support/service-tools.ts'

const request = {
  host: 'orders.abc123.eu-central-1.rds.amazonaws.com',
  port: 5432,
  user: 'postgres',
  tool: 'atlan',
  cidrs: ['203.0.113.0/28', '198.51.100.7/32', '2001:db8::/64'],
}

const providers: readonly Exclude<Provider, 'self-run'>[] = [
  'rds',
  'aurora',
  'cloud-sql',
  'alloydb',
  'azure',
  'supabase',
  'neon',
  'crunchy-bridge',
  'digitalocean',
  'aiven',
  'heroku',
]

describe('the way in at a managed service', () => {
  it('is none of ours where somebody runs the server, or where there is nobody to let in', () => {
    expect(firewallAdvice('self-run', request)).toBeNull()
    expect(firewallAdvice('rds', { ...request, cidrs: [] })).toBeNull()
  })

  /** By their own pages. */
  const v4Only: readonly Provider[] = ['cloud-sql', 'alloydb', 'azure', 'digitalocean', 'heroku']

  it.each(providers)('%s: its commands run in a shell, and every network is in them, or named', provider => {
    const advice = firewallAdvice(provider, request)
    if (advice === null) throw new Error('no advice')
    expect(advice.commands.length > 0 || advice.warnings.length > 0).toBe(true)
    expect(advice.commands).not.toEqual([])
    expect(advice.way.length).toBeGreaterThan(0)
    const calls = ran(advice.commands, 'sg-1').flat().join(' ')
    const leavesOut = v4Only.includes(provider)
    for (const first of ['203.0.113.0', '198.51.100.7']) expect(calls).toContain(first)
    expect(calls.includes('2001:db8::')).toBe(!leavesOut)
    expect(advice.warnings.some(text => text.endsWith('Left out: 2001:db8::/64.'))).toBe(leavesOut)
  })

  it.each(v4Only)('%s: says so where none of the networks is taken', provider => {
    const advice = firewallAdvice(provider, { ...request, cidrs: ['2001:db8::/64'] })
    expect(advice).toMatchObject({ commands: [], way: [] })
    expect(advice?.warnings.join(' ')).toContain('Left out: 2001:db8::/64. So none of these can be let in.')
  })

  it.each(['cloud-sql', 'alloydb'] as const)('%s: takes no private network', provider => {
    const advice = firewallAdvice(provider, { ...request, cidrs: ['10.0.0.0/8', '52.215.192.224/28'] })
    expect(
      ran(advice?.commands ?? [])
        .at(-1)
        ?.join(' '),
    ).not.toContain('10.0.0.0')
    expect(advice?.warnings.join(' ')).toContain('Left out: 10.0.0.0/8.')
  })

  it('gives each address to Heroku, in both of its ways', () => {
    const calls = ran(firewallAdvice('heroku', request)?.commands ?? [])
    for (const cidr of ['203.0.113.0/28', '198.51.100.7/32']) {
      expect(calls).toContainEqual(['heroku', 'trusted-ips:add', cidr, '--space', 'SPACE'])
      expect(calls).toContainEqual([
        ...['heroku', 'data:mtls:ip-rules:create', 'DATABASE', '--app', 'APP'],
        ...['--cidr', cidr],
      ])
    }
    expect(firewallAdvice('heroku', request)?.warnings.join(' ')).toContain('there is nothing to do')
  })

  it('shows the rules of Crunchy Bridge before they change, and how the open one is taken away', () => {
    const calls = ran(firewallAdvice('crunchy-bridge', request)?.commands ?? []).map(each => each[2])
    expect(calls).toEqual([
      ...['list', 'list-firewall-rules'],
      ...['add-firewall-rule', 'add-firewall-rule', 'add-firewall-rule'],
      'remove-firewall-rule',
    ])
  })

  it('keeps what is on a list that the command replaces', () => {
    const commands = firewallAdvice('cloud-sql', request)?.commands ?? []
    expect(ran(commands, '192.0.2.1/32;192.0.2.2/32').at(-1)).toContain(
      '--authorized-networks=192.0.2.1/32,192.0.2.2/32,203.0.113.0/28,198.51.100.7/32',
    )
    expect(ran(commands).at(-1)).toContain('--authorized-networks=203.0.113.0/28,198.51.100.7/32')
    const aiven = firewallAdvice('aiven', { ...request, host: 'pg-1a2b-shop.aivencloud.com' })?.commands ?? []
    expect(ran(aiven, '10.0.0.0/8').at(-1)).toContain(
      'ip_filter=10.0.0.0/8,203.0.113.0/28,198.51.100.7/32,2001:db8::/64',
    )
  })

  it.each([
    ['cloud-sql', 'describe', 'patch'],
    ['alloydb', 'describe', 'update'],
    ['aiven', 'get', 'update'],
  ] as const)('%s: replaces nothing where what is there cannot be read', (provider, reading, replacing) => {
    const commands = firewallAdvice(provider, request)?.commands ?? []
    const calls = ran(commands, '', reading).flat()
    expect(calls).toContain(reading)
    expect(calls).not.toContain(replacing)
  })

  it('names server and project by the address, and writes ranges where there is no CIDR', () => {
    const azure = ran(
      firewallAdvice('azure', { ...request, host: 'shop.postgres.database.azure.com' })?.commands ?? [],
    )
    expect(azure[0]).toEqual(expect.arrayContaining(['shop', '203.0.113.0', '203.0.113.15']))
    const direct = firewallAdvice('supabase', { ...request, host: 'db.abcdefghijklmnopqrst.supabase.co' })
    expect(direct?.commands[1]).toContain('--project-ref abcdefghijklmnopqrst ')
    const pooled = firewallAdvice('supabase', {
      ...request,
      host: 'aws-0-eu-central-1.pooler.supabase.com',
      user: 'postgres.abcdefghijklmnopqrst',
    })
    expect(pooled?.commands[1]).toContain('--project-ref abcdefghijklmnopqrst ')
  })

  it.each(['supabase', 'neon', 'digitalocean'] as const)(
    '%s: warns that a first entry shuts others out',
    provider => {
      expect(firewallAdvice(provider, request)?.warnings.join(' ')).toContain('all others are shut out')
    },
  )
})
