import { describe, expect, it } from 'vitest'
import { connectorById, connectors } from '../../src/connectors/connectors.ts'
import { parseCidr } from '../../src/model/cidr.ts'
import { roleNameProblem } from '../../src/model/identifier.ts'

function connector(id: string) {
  const found = connectorById(id)
  if (found === null) throw new Error(`no ${id}`)
  return found
}

/** The labels of the form for a password, as the vendor has them. */
function labels(id: string): string[] {
  return (
    connector(id)
      .forms.find(form => form.authentication === 'password')
      ?.fields.map(field => field.label) ?? []
  )
}

describe('connectors', () => {
  it('are found by their id', () => {
    expect(connectors.map(each => each.id)).toEqual(['atlan', 'atlassian-analytics'])
    for (const each of connectors) expect(connectorById(each.id)).toBe(each)
    expect(connectorById('atlas')).toBeNull()
  })

  it.each(connectors.map(each => [each.name, each] as const))('%s is complete and dated', (_, each) => {
    expect(new URL(each.page.url).protocol).toBe('https:')
    expect(each.page.readOn).toMatch(/^\d{4}-\d{2}-\d{2}$/)
    expect(each.readOnly).toBe(true)
    expect(each.layouts.length).toBeGreaterThan(0)
    expect(each.tiers.length).toBeGreaterThan(0)
    for (const text of [each.summary, each.needs, ...each.tiers.map(tier => tier.why)]) {
      expect(text).toMatch(/^[A-Z].*\.$/s)
    }
    for (const name of Object.values(each.roleNames)) expect(roleNameProblem(name)).toBeNull()
    expect(each.roleNames.group).not.toBe(each.roleNames.login)
    expect(each.forms.map(form => form.authentication)).toContain('password')
  })

  it.each(connectors.map(each => [each.name, each] as const))(
    '%s: every mistake of the page is told with what is done instead',
    (_, { errata }) => {
      for (const erratum of errata) {
        for (const text of [erratum.says, erratum.wrong, erratum.instead])
          expect(text.length).toBeGreaterThan(20)
      }
      expect(new Set(errata.map(erratum => erratum.says)).size).toBe(errata.length)
    },
  )

  it("form the pages' labels in the pages' order", () => {
    expect(labels('atlan')).toEqual(['Host', 'Port', 'Authentication', 'Username', 'Password', 'Database'])
    expect(labels('atlassian-analytics')).toEqual([
      'Hostname or IP',
      'Port',
      'Username',
      'User password',
      'Database name',
      'Schema',
    ])
  })

  it("have the vendor's own layout and names first", () => {
    expect(connector('atlan').layouts[0]).toBe('group-and-login')
    expect(connector('atlan').roleNames).toEqual({ group: 'atlan_user_role', login: 'atlan_user' })
    expect(connector('atlassian-analytics').layouts[0]).toBe('login')
    expect(connector('atlassian-analytics').roleNames.login).toBe('atlassian_read_only_user')
  })

  it('ask for no more than the page does', () => {
    const privileges = (id: string) =>
      Object.fromEntries(connector(id).tiers.map(tier => [tier.tier, tier.privileges]))
    expect(privileges('atlan')).toEqual({
      read: ['SELECT', 'REFERENCES'],
      metadata: ['REFERENCES'],
      usage: [],
    })
    expect(privileges('atlassian-analytics')).toEqual({ read: ['SELECT'] })
  })

  it('publish networks that are networks, each once: the union of the two lists of the page', () => {
    const { addresses } = connector('atlassian-analytics')
    const cidrs = addresses.kind === 'published' ? addresses.cidrs : []
    expect(cidrs).toHaveLength(15)
    expect(new Set(cidrs).size).toBe(15)
    for (const cidr of cidrs) expect(parseCidr(cidr)).toEqual({ ok: true, value: cidr })
    // Of the list for listen_addresses alone; the one for pg_hba.conf lacks them.
    expect(cidrs).toEqual(
      expect.arrayContaining(['18.184.99.224/28', '104.192.142.240/28', '104.192.143.240/28']),
    )
  })
})
