import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectAws } from '../../src/aws/connect.ts'
import { callerKey } from '../../src/demo/aws/account.ts'
import { callerArn, type StandIn, startStandIn } from '../../src/demo/aws/stand-in.ts'
import type { AwsCredentialsAnswer } from '../../src/model/aws/answers.ts'
import { withEnvironment } from '../support/aws/environment.ts'

let standIn: StandIn
let folder: string
let service: Server
let asked: string[]
let restore: () => void = () => {}

beforeEach(async () => {
  standIn = await startStandIn()
  folder = mkdtempSync(join(tmpdir(), 'pg-usher-credentials-'))
  asked = []
})
afterEach(async () => {
  restore()
  service.closeAllConnections()
  await new Promise(resolve => service.close(resolve))
  await standIn.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A service that gives credentials; what is not in its answers is not found. Gives its URL. */
async function serve(answer: (request: IncomingMessage) => unknown): Promise<string> {
  service = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const body = answer(request)
    if (body === undefined) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>(resolve => service.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(service.address() as AddressInfo).port}`
}

/** Who one is for AWS, with nothing in the environment but this. */
async function identityWith(
  credentials: AwsCredentialsAnswer & { readonly from: 'chain' | 'profile' },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  restore = withEnvironment({
    ...standIn.env,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    HOME: folder,
    ...environment,
  })
  const aws = await connectAws({ region: 'eu-central-1', credentials })
  try {
    return (await aws.identity()).arn
  } finally {
    aws.close()
  }
}

describe('credentials that are in no file and no variable', () => {
  it('come from the role of the machine, by a session token of its metadata service (IMDSv2)', async () => {
    const roles = '/latest/meta-data/iam/security-credentials/'
    const url = await serve(({ method, url: path, headers }) => {
      if (method === 'PUT' && path === '/latest/api/token') return 'the-token'
      if (headers['x-aws-ec2-metadata-token'] !== 'the-token') return undefined
      if (path === roles) return 'jump-host'
      if (path !== `${roles}jump-host`) return undefined
      return {
        Code: 'Success',
        Type: 'AWS-HMAC',
        AccessKeyId: callerKey.id,
        SecretAccessKey: callerKey.secret,
        Token: 'session',
        LastUpdated: new Date().toISOString(),
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      }
    })
    const arn = await identityWith(
      { from: 'chain' },
      { AWS_EC2_METADATA_DISABLED: undefined, AWS_EC2_METADATA_SERVICE_ENDPOINT: url },
    )
    expect(arn).toBe(callerArn(standIn.account))
    expect(asked).toEqual(['PUT /latest/api/token', `GET ${roles}`, `GET ${roles}jump-host`])
    expect(standIn.calls.map(({ accessKeyId }) => accessKeyId)).toEqual([callerKey.id])
  })

  it('come from single sign-on, where "aws sso login" has left its token', async () => {
    const url = await serve(({ url: path, headers }) => {
      const { pathname, searchParams } = new URL(path ?? '', 'http://portal')
      return pathname === '/federation/credentials' &&
        searchParams.get('role_name') === 'Admins' &&
        searchParams.get('account_id') === '123456789012' &&
        headers['x-amz-sso_bearer_token'] === 'the-token'
        ? {
            roleCredentials: {
              accessKeyId: callerKey.id,
              secretAccessKey: callerKey.secret,
              sessionToken: 'session',
              expiration: Date.now() + 3_600_000,
            },
          }
        : undefined
    })
    const config = join(folder, 'config')
    writeFileSync(
      config,
      [
        '[profile admins]',
        'sso_session = company',
        'sso_account_id = 123456789012',
        'sso_role_name = Admins',
        '[sso-session company]',
        'sso_region = eu-central-1',
        'sso_start_url = https://company.awsapps.com/start',
        '',
      ].join('\n'),
    )
    const cache = join(folder, '.aws', 'sso', 'cache')
    mkdirSync(cache, { recursive: true })
    writeFileSync(
      join(cache, `${createHash('sha1').update('company').digest('hex')}.json`),
      JSON.stringify({
        accessToken: 'the-token',
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        region: 'eu-central-1',
        startUrl: 'https://company.awsapps.com/start',
      }),
    )
    const arn = await identityWith(
      { from: 'profile', profile: 'admins' },
      { AWS_CONFIG_FILE: config, AWS_ENDPOINT_URL_SSO: url },
    )
    expect(arn).toBe(callerArn(standIn.account))
    expect(asked).toHaveLength(1)
    expect(standIn.calls.map(({ accessKeyId }) => accessKeyId)).toEqual([callerKey.id])
  })
})
