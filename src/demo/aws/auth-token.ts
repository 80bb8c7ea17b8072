import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Account, UserState } from './account.ts'

/** Who a token was signed by, or why it is none that a database would take. */
export type TokenVerdict =
  | { readonly good: true; readonly signer: UserState }
  | { readonly good: false; readonly because: string }

/** What a token has to be for. */
export interface TokenTarget {
  /** The endpoint's own name. */
  readonly host: string
  readonly port: number
  readonly region: string
  /** The user of the database that the client gives. */
  readonly user: string
  readonly now: Date
}

/**
 * Checks a token of IAM database authentication as RDS does: a request to rds-db that was signed beforehand, good for
 * 15 minutes (RDS User Guide, "IAM database authentication"). The signature is computed anew from the key's secret
 * (IAM User Guide, "Create a signed AWS API request"), by nothing that the signing side uses.
 */
export function checkToken(
  token: string,
  account: Account,
  { host, port, region, user, now }: TokenTarget,
): TokenVerdict {
  const [, authority = '', query = ''] = /^([^/?]+)\/\?(.*)$/s.exec(token) ?? []
  if (query === '') return bad('it is no token')
  const parameters = query.split('&').map(pair => {
    const [name = '', value = ''] = pair.split('=')
    return { raw: pair, name: decodeURIComponent(name), value: decodeURIComponent(value) }
  })
  const value = (name: string) => parameters.find(each => each.name === name)?.value ?? ''
  if (authority.toLowerCase() !== `${host}:${port}`) return bad(`it is for ${authority}`)
  if (value('Action') !== 'connect') return bad('it is for another action')
  if (value('DBUser') !== user) return bad(`it is for the user ${value('DBUser')}`)
  if (value('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return bad('it is signed in another way')
  const [keyId = '', day = '', signedRegion = '', service = '', end = ''] =
    value('X-Amz-Credential').split('/')
  if (service !== 'rds-db' || end !== 'aws4_request') return bad('it is for another service')
  if (signedRegion !== region) return bad(`it is for the region ${signedRegion}`)

  const date = value('X-Amz-Date')
  const signedAt = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (Number.isNaN(signedAt) || !date.startsWith(day)) return bad('its date is none')
  const seconds = Number(value('X-Amz-Expires'))
  if (!(seconds > 0 && seconds <= longestSeconds)) return bad('it would be good for more than 15 minutes')
  const age = now.getTime() - signedAt
  if (age < -clockSkew || age > seconds * 1000) return bad('its time is over')

  const signer = [...account.users.values()].find(({ keys }) => keys.some(({ id }) => id === keyId))
  const key = signer?.keys.find(({ id }) => id === keyId)
  const secret = account.secrets.get(keyId)
  if (signer === undefined || key === undefined || secret === undefined) return bad('nobody has its key')
  if (key.status !== 'Active') return bad('its key is not active')
  const signed = parameters
    .filter(({ name }) => name !== 'X-Amz-Signature')
    .map(({ raw }) => raw)
    .toSorted()
    .join('&')
  const request = ['GET', '/', signed, `host:${authority}`, '', 'host', sha256('')].join('\n')
  const scope = [day, signedRegion, service, end].join('/')
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(request)].join('\n')
  const signingKey = [day, signedRegion, service, end].reduce<string | Buffer>(hmac, `AWS4${secret}`)
  const expected = Buffer.from(hmac(signingKey, text).toString('hex'))
  const given = Buffer.from(value('X-Amz-Signature'))
  const same = given.length === expected.length && timingSafeEqual(given, expected)
  return same ? { good: true, signer } : bad('its signature is not that of its key')
}

const longestSeconds = 15 * 60
/** Milliseconds that a signer's clock may be ahead. */
const clockSkew = 5 * 60_000

function bad(because: string): TokenVerdict {
  return { good: false, because }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
