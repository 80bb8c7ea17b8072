import { Signer } from '@aws-sdk/rds-signer'
import { describe, expect, it } from 'vitest'
import { type Account, emptyAccount } from '../../../src/demo/aws/account.ts'
import { checkToken, type TokenTarget } from '../../../src/demo/aws/auth-token.ts'
import { iamActions } from '../../../src/demo/aws/iam-actions.ts'
import { mayConnect } from '../../../src/demo/aws/may-connect.ts'

const host = 'shop.cabcdefghijk.eu-central-1.rds.amazonaws.com'
const target = { host, port: 5432, region: 'eu-central-1', user: 'atlan_user' }

/** An account with a user who has a key. */
function withKey(): { account: Account; id: string; secret: string } {
  const account = emptyAccount()
  const call = (action: string, parameters: Record<string, string>) =>
    iamActions[action]?.(account, new Map(Object.entries(parameters)))
  call('CreateUser', { UserName: 'atlan' })
  call('CreateAccessKey', { UserName: 'atlan' })
  const id = account.users.get('atlan')?.keys[0]?.id ?? ''
  return { account, id, secret: account.secrets.get(id) ?? '' }
}

/** A token as AWS's own signer makes it, now. */
async function signed(key: { id: string; secret: string }, changed: Partial<TokenTarget> = {}) {
  const { user, ...rest } = { ...target, ...changed }
  const signer = new Signer({
    hostname: rest.host,
    port: rest.port,
    region: rest.region,
    username: user,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
  })
  return signer.getAuthToken()
}

const check = (token: string, account: Account, now = new Date()) =>
  checkToken(token, account, { ...target, now })

describe('a token of IAM database authentication', () => {
  it("of AWS's own signer is good, and says whose it is", async () => {
    const { account, ...key } = withKey()
    expect(check(await signed(key), account)).toMatchObject({ good: true, signer: { name: 'atlan' } })
  })

  it.each<[string, Partial<TokenTarget>, string]>([
    ['another user of the database', { user: 'postgres' }, 'for the user postgres'],
    ['another region', { region: 'us-east-1' }, 'region us-east-1'],
    ['another host', { host: 'other.rds.amazonaws.com' }, 'it is for other'],
    ['another port', { port: 5433 }, ':5433'],
  ])('for %s is refused', async (_, changed, because) => {
    const { account, ...key } = withKey()
    const verdict = check(await signed(key, changed), account)
    expect(verdict).toEqual({ good: false, because: expect.stringContaining(because) })
  })

  it('is good for 15 minutes', async () => {
    const { account, ...key } = withKey()
    const token = await signed(key)
    const later = (minutes: number) => new Date(Date.now() + minutes * 60_000)
    expect(check(token, account, later(14))).toMatchObject({ good: true })
    expect(check(token, account, later(16))).toEqual({ good: false, because: 'its time is over' })
    expect(check(token, account, later(-10))).toEqual({ good: false, because: 'its time is over' })
    const longer = token.replace('X-Amz-Expires=900', 'X-Amz-Expires=9000')
    expect(check(longer, account)).toMatchObject({ good: false })
  })

  it('is refused with another secret, a key that is not active or not there, or anything changed in it', async () => {
    const { account, ...key } = withKey()
    const wrong = await signed({ ...key, secret: `${key.secret.slice(0, -1)}?` })
    expect(check(wrong, account)).toMatchObject({ because: expect.stringContaining('signature') })
    const token = await signed(key)
    expect(check(`${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`, account)).toMatchObject({
      good: false,
    })
    for (const nothing of ['', 'a password', `${host}:5432/?`])
      expect(check(nothing, account)).toEqual({ good: false, because: 'it is no token' })
    const [shown] = account.users.get('atlan')?.keys ?? []
    if (shown === undefined) throw new Error('there is no key')
    shown.status = 'Inactive'
    expect(check(token, account)).toMatchObject({ because: expect.stringContaining('not active') })
    account.users.clear()
    expect(check(token, account)).toMatchObject({ because: expect.stringContaining('nobody') })
  })
})

describe('whether the policies of a user let it connect', () => {
  const resource = (user: string) => `arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-A/${user}`

  it('is what an evaluator of IAM says of those that are attached', async () => {
    const { account } = withKey()
    const user = account.users.get('atlan')
    if (user === undefined) throw new Error('there is no user')
    expect(await mayConnect(account, user, resource('atlan_user'))).toBe(false)
    const call = (action: string, parameters: Record<string, string>) =>
      iamActions[action]?.(account, new Map(Object.entries(parameters)))
    const statement = { Effect: 'Allow', Action: 'rds-db:connect', Resource: resource('atlan_user') }
    call('CreatePolicy', {
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    })
    expect(await mayConnect(account, user, resource('atlan_user'))).toBe(false)
    call('AttachUserPolicy', { UserName: 'atlan', PolicyArn: 'arn:aws:iam::123456789012:policy/p' })
    expect(await mayConnect(account, user, resource('atlan_user'))).toBe(true)
    expect(await mayConnect(account, user, resource('postgres'))).toBe(false)
  })
})
