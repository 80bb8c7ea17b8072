import { describe, expect, it } from 'vitest'
import type { Answers } from '../../../src/model/answers.ts'
import { isCertificateFor, type ServerCertificate } from '../../../src/model/server-certificate.ts'
import type { Provider, ServerFacts, TlsSettings } from '../../../src/model/server-facts.ts'
import { certificateText } from '../../../src/plan/tls/certificate.ts'
import { tlsPlan } from '../../../src/plan/tls/plan.ts'
import { tlsText } from '../../../src/plan/tls/text.ts'
import { awsAnswers } from '../../support/aws-answers.ts'
import { planInput, serverFacts } from '../../support/plan-input.ts'
import { ranAtServices } from '../../support/service-tools.ts'

const settings: TlsSettings = {
  dataDirectory: null,
  certificateFile: 'server.crt',
  keyFile: 'server.key',
  built: true,
  forced: null,
}

const said = (server: Partial<ServerFacts>, answers: Partial<Answers> = {}) =>
  tlsPlan(planInput({ server: { ...serverFacts, tlsSettings: settings, ...server }, answers }))

const commandsOf = (advice: ReturnType<typeof said>) =>
  tlsText(advice).flatMap(({ kind, text }) => (kind === 'command' ? [text] : []))

describe('what the tool’s connection will be', () => {
  it('is off where the server has no TLS: a warning, and the steps', () => {
    const advice = said({ tlsAvailable: false })
    expect(advice.connection).toBe('off')
    expect(tlsText(advice)[0]).toMatchObject({ kind: 'warning' })
    expect(commandsOf(advice)).toHaveLength(4)
    expect(commandsOf(advice)[0]).toContain('(cd DATA_DIRECTORY && ')
  })

  it('has steps for a superuser only, over TCP to look', () => {
    const admin = { ...serverFacts.admin, superuser: false }
    const server = {
      host: '/run/postgresql',
      port: 5432,
      database: 'shop',
      user: 'me',
      tls: 'prefer',
    } as const
    const commands = commandsOf(said({ tlsAvailable: false, admin }, { server }))
    expect(commands[1]).toContain('-h /run/postgresql -p 5432 -U SUPERUSER -d shop')
    expect(commands[2]).toContain('-h localhost ')
  })

  it('takes another build where this one has none', () => {
    const advice = said({ tlsAvailable: false, tlsSettings: { ...settings, built: false } })
    expect(commandsOf(advice)).toEqual([])
    expect(tlsText(advice).at(-1)?.text).toContain('another build')
  })

  it('is required by our lines where the server has it', () => {
    expect(said({})).toMatchObject({ connection: 'required', steps: [] })
  })

  const services: readonly (readonly [Exclude<Provider, 'self-run'>, boolean | null, string, string])[] = [
    ['rds', true, 'required', 'rds.force_ssl is on'],
    ['rds', false, 'chosen-by-tool', 'rds.force_ssl is off'],
    ['rds', null, 'not-known', 'rds.force_ssl'],
    ['aurora', false, 'chosen-by-tool', 'rds.force_ssl'],
    ['cloud-sql', null, 'not-known', 'Cloud SQL takes connections without TLS too'],
    ['alloydb', null, 'not-known', 'AlloyDB takes connections with TLS only'],
    ['azure', true, 'required', 'require_secure_transport is on'],
    ['azure', false, 'chosen-by-tool', 'require_secure_transport is off'],
    ['azure', null, 'not-known', 'Azure takes connections with TLS only'],
    ['supabase', null, 'not-known', 'restarts the database'],
    ['neon', null, 'required', 'Neon'],
    ['crunchy-bridge', null, 'required', 'Crunchy Bridge'],
    ['digitalocean', null, 'required', 'DigitalOcean'],
    ['aiven', null, 'required', 'Aiven'],
    ['heroku', null, 'required', 'Heroku'],
  ]

  it.each(services)('at %s, whose setting says %s: %s', (provider, forced, connection, words) => {
    const advice = said({ provider, tlsAvailable: provider !== 'neon', tlsSettings: { ...settings, forced } })
    expect(advice.connection).toBe(connection)
    expect(advice.says).toContain(words)
    const commands = commandsOf(advice)
    expect(commands.length > 0).toBe(connection !== 'required')
    // No pg_hba.conf and no file of the server's: they are the service's own.
    expect(commands.join()).not.toContain('openssl')
    if (commands.length > 0) expect(ranAtServices(commands)).toHaveLength(commands.length)
  })

  it('names the parameter group’s kind, the server, the project', () => {
    const command = (provider: Provider, host: string) =>
      commandsOf(said({ provider }, { endpoint: { host, port: 5432 } })).join('\n')
    expect(command('aurora', 'x')).toContain('modify-db-cluster-parameter-group ')
    expect(command('rds', 'x')).toContain('modify-db-parameter-group ')
    expect(command('azure', 'shop.postgres.database.azure.com')).toContain('--server-name shop ')
    expect(command('supabase', 'db.abcdefghijklmnopqrst.supabase.co')).toContain(
      'update --project-ref abcdefghijklmnopqrst --enable-db-ssl-enforcement',
    )
  })

  it('is required where the login comes in by tokens of IAM', () => {
    const authentication = { method: 'aws-iam' as const, aws: awsAnswers }
    expect(said({ provider: 'rds' }, { authentication })).toMatchObject({ connection: 'required', steps: [] })
    const off = said({ tlsAvailable: false }, { authentication })
    expect(off).toMatchObject({ connection: 'off' })
    expect(off.says).toContain('tokens of IAM over TLS only')
    expect(off.says).not.toContain('password')
  })
})

describe('whether it is verified', () => {
  const good: ServerCertificate = {
    names: ['db.example.com', '*.db.example.com'],
    authority: 'Example Authority',
    selfSigned: false,
    publiclyTrusted: true,
    validTo: '2027-11-23T00:00:00.000Z',
    daysLeft: 365,
  }
  const text = (
    certificate: ServerCertificate | null,
    checksCertificate: 'yes' | 'no' | 'not-said' = 'yes',
  ) => certificateText(certificate, 'db.example.com', { name: 'Tool', checksCertificate })

  it.each([
    ['good', {}, 'Verified: yes, the certificate is for db.example.com'],
    ['signed by itself', { selfSigned: true, publiclyTrusted: false }, 'nobody but itself has signed it'],
    ['of an own authority', { publiclyTrusted: false }, 'given the certificate of Example Authority'],
    ['checked against a file', { publiclyTrusted: null }, 'given the certificate of Example Authority'],
    ['signed by itself, and over', { selfSigned: true, daysLeft: -1 }, 'Verified: no, a tool that checks'],
    [
      'for another name',
      { names: ['other.example.com'] },
      'it is for other.example.com, not for db.example.com',
    ],
    ['for no name', { names: [] }, 'it is for no name'],
    ['over', { daysLeft: -1 }, 'it ended on 2027-11-23'],
    ['nearly over', { daysLeft: 3 }, 'It ends in 3 days, on 2027-11-23.'],
  ])('says of a certificate that is %s', (_, changes, words) => {
    expect(text({ ...good, ...changes })).toContain(words)
  })

  it('says what the tool does, as far as its page says it, and that nothing was seen', () => {
    expect(text(good, 'no')).toContain('Tool does not check it')
    expect(text(good, 'not-said')).toContain('its page does not say')
    expect(text(null)).toContain('not to be said from here')
  })

  it.each([
    ['DB.example.com.', true],
    ['a.db.example.com', true],
    ['a.b.db.example.com', false],
    ['example.com', false],
    ['xdb.example.com', false],
  ])('holds %s to its names: %s', (host, wanted) => {
    expect(isCertificateFor(good.names, host)).toBe(wanted)
  })
})
