import { describe, expect, it } from 'vitest'
import { providerOf } from '../../src/postgres/provider.ts'

const none = { host: 'db.example.com', roles: [], settings: [], aurora: false }

describe('the provider', () => {
  it.each([
    ['shop.abc.eu-central-1.rds.amazonaws.com', 'rds'],
    ['shop.abc.rds.cn-north-1.amazonaws.com.cn', 'rds'],
    ['shops.cluster-abc.rds.cn-north-1.amazonaws.com.cn', 'aurora'],
    ['shop.abc.cn-north-1.rds.amazonaws.com.cn', 'rds'],
    ['shop.cluster-abc123.eu-central-1.rds.amazonaws.com', 'aurora'],
    ['shop.cluster-ro-abc123.eu-central-1.rds.amazonaws.com', 'aurora'],
    ['SHOP.postgres.database.azure.com.', 'azure'],
    ['db.abc.supabase.co', 'supabase'],
    ['aws-0-eu.pooler.supabase.com', 'supabase'],
    ['ep-cool.eu-central-1.aws.neon.tech', 'neon'],
    ['p.abc.postgresbridge.com', 'crunchy-bridge'],
    ['db-do-user-1.b.db.ondigitalocean.com', 'digitalocean'],
    ['pg-1.aivencloud.com', 'aiven'],
    ['rds.amazonaws.com.example.com', 'self-run'],
    ['/var/run/postgresql', 'self-run'],
    ['10.0.0.1', 'self-run'],
  ])('is told by the host %s: %s', (host, provider) => {
    expect(providerOf({ ...none, host })).toBe(provider)
  })

  it.each([
    ['alloydbsuperuser', 'alloydb'],
    ['cloudsqlsuperuser', 'cloud-sql'],
    ['azure_pg_admin', 'azure'],
    ['supabase_admin', 'supabase'],
    ['neon_superuser', 'neon'],
    ['rds_superuser', 'rds'],
    ['doadmin', 'digitalocean'],
    ['avnadmin', 'aiven'],
  ])('is told by the role %s against any host: %s', (role, provider) => {
    expect(providerOf({ ...none, roles: [role], host: 'x.postgresbridge.com' })).toBe(provider)
  })

  it('is AlloyDB where both of its roles are', () => {
    expect(providerOf({ ...none, roles: ['cloudsqlsuperuser', 'alloydbsuperuser'] })).toBe('alloydb')
  })

  it.each([
    ['ec2-54-1-2-3.compute-1.amazonaws.com', 'd4k8n1qabcde12', true, 'heroku'],
    ['c1.cluster-abc123.us-east-1.rds.amazonaws.com', 'd4k8n1qabcde12', true, 'heroku'],
    // Moved away: to a server of one's own, to one's own RDS under another name; or never there.
    ['db.example.com', 'd4k8n1qabcde12', true, 'self-run'],
    ['shop.abc.us-east-1.rds.amazonaws.com', 'shop', true, 'rds'],
    ['shop.abc.us-east-1.rds.amazonaws.com', 'd4k8n1qabcde12', false, 'rds'],
  ])('is Heroku by all its signs alone: %s, %s, %s: %s', (host, database, herokuSchema, provider) => {
    expect(providerOf({ ...none, host, database, herokuSchema })).toBe(provider)
  })

  it('is told by a setting', () => {
    expect(providerOf({ ...none, settings: ['rds.extensions'] })).toBe('rds')
    expect(providerOf({ ...none, settings: ['rds.extensions'], aurora: true })).toBe('aurora')
  })
})
