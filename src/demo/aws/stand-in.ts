import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Account, callerKey, emptyAccount, uniqueId } from './account.ts'
import { type ApiError, ApiRefusal, errors } from './api-error.ts'
import { delayedVisibility } from './delayed-visibility.ts'
import { iamActions, type Parameters } from './iam-actions.ts'
import { rdsActions } from './rds-actions.ts'
import { element, type Xml } from './xml.ts'

/**
 * A stand-in for the Query protocol of IAM, STS and RDS: real requests over HTTP, an account that remembers. It is no
 * AWS: it has the actions that are called here, and answers as the service models say (test/support/aws/
 * service-model.ts holds it to them).
 */
export interface StandIn {
  readonly url: string
  readonly account: Account
  /** Every call that came, in order: also those that a fault answered. */
  readonly calls: readonly RecordedCall[]
  /** What happens to calls instead of an answer; the first that fits is used, and used up. */
  readonly faults: Fault[]
  /** How often IAM answers a look as before the last change of a policy, role or user; 0 for at once. */
  invisibleFor: number
  /** Whether the caller may; null where it may all. */
  authorize: ((call: RecordedCall) => Promise<ApiError | null>) | null
  /** Told before a call is carried out, and after, when its answer is not yet sent. */
  onCall: ((call: RecordedCall, moment: 'before' | 'after') => void | Promise<void>) | null
  /** Environment for a program that is to talk to it. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

export interface RecordedCall {
  readonly service: Service
  readonly action: string
  readonly parameters: Parameters
  /** The access key that it was signed with. */
  readonly accessKeyId: string
  /** What was answered, without its envelope; undefined while it is not. */
  result?: Xml
  error?: ApiError
}

export type Service = 'iam' | 'rds' | 'sts'

export interface Fault {
  readonly on: string
  /** How often; once when left out. */
  times?: number
  /** `lost`: carried out, and the answer never comes. `dropped`: the line breaks before it is carried out. */
  readonly with: ApiError | 'lost' | 'dropped'
}

const versions: Readonly<Record<string, Service>> = {
  '2010-05-08': 'iam',
  '2014-10-31': 'rds',
  '2011-06-15': 'sts',
}
const namespaces: Readonly<Record<Service, string>> = {
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  rds: 'http://rds.amazonaws.com/doc/2014-10-31/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
}

/** Starts one on a port of its own, with an empty account. The caller closes it. */
export async function startStandIn(): Promise<StandIn> {
  const calls: RecordedCall[] = []
  const delays = delayedVisibility()
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const standIn: StandIn = {
    url,
    account: emptyAccount(),
    calls,
    faults: [],
    invisibleFor: 0,
    authorize: null,
    onCall: null,
    env: {
      AWS_ENDPOINT_URL_IAM: url,
      AWS_ENDPOINT_URL_STS: url,
      AWS_ENDPOINT_URL_RDS: url,
      AWS_ACCESS_KEY_ID: callerKey.id,
      AWS_SECRET_ACCESS_KEY: callerKey.secret,
      AWS_REGION: 'eu-central-1',
      // Nothing of the machine that the tests run on.
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return standIn

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parameters = new Map(new URLSearchParams(await bodyOf(request)))
    const call: RecordedCall = {
      service: versions[parameters.get('Version') ?? ''] ?? 'iam',
      action: parameters.get('Action') ?? '',
      parameters,
      accessKeyId: /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '',
    }
    calls.push(call)
    await standIn.onCall?.(call, 'before')
    const fault = takeFault(call)
    if (fault === 'dropped') return void response.destroy()
    if (fault !== null && fault !== 'lost') return void fail(response, call, fault)
    try {
      call.result = await carryOut(call)
    } catch (thrown) {
      if (!(thrown instanceof ApiRefusal)) throw thrown
      return void fail(response, call, thrown.error)
    }
    await standIn.onCall?.(call, 'after')
    if (fault === 'lost') return void response.destroy()
    const { action, service, result } = call
    send(
      response,
      200,
      `<${action}Response xmlns="${namespaces[service]}">${element(`${action}Result`, result)}${metadata}</${action}Response>`,
    )
  }

  async function carryOut(call: RecordedCall): Promise<Xml> {
    const { account } = standIn
    if (!account.secrets.has(call.accessKeyId)) throw new ApiRefusal(errors.invalidToken)
    const denied = (await standIn.authorize?.(call)) ?? null
    if (denied !== null) throw new ApiRefusal(denied)
    if (call.action === 'GetCallerIdentity') return callerXml(account, call.accessKeyId)
    if (call.action === 'AssumeRole') return assumed(account, call.parameters)
    const action = (call.service === 'rds' ? rdsActions : iamActions)[call.action]
    if (action === undefined)
      throw new ApiRefusal({
        status: 400,
        code: 'InvalidAction',
        message: `Could not find operation ${call.action}`,
      })
    if (call.service !== 'iam') return action(account, call.parameters)
    return delays.carryOut(account, call, standIn.invisibleFor, action)
  }

  function takeFault({ action }: RecordedCall): Fault['with'] | null {
    const fault = standIn.faults.find(({ on, times = 1 }) => times > 0 && (on === '*' || on === action))
    if (fault === undefined) return null
    fault.times = (fault.times ?? 1) - 1
    return fault.with
  }

  function fail(response: ServerResponse, call: RecordedCall, error: ApiError): void {
    call.error = error
    const { status, code, message } = error
    const type = status < 500 ? 'Sender' : 'Receiver'
    send(
      response,
      status,
      `<ErrorResponse xmlns="${namespaces[call.service]}">${element('Error', { Type: type, Code: code, Message: message })}${element('RequestId', requestId)}</ErrorResponse>`,
    )
  }
}

const requestId = '00000000-0000-4000-8000-000000000000'
const metadata = element('ResponseMetadata', { RequestId: requestId })

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }).end(body)
}

function callerXml(account: Account, accessKeyId: string): Xml {
  const user = [...account.users.values()].find(({ keys }) => keys.some(({ id }) => id === accessKeyId))
  return {
    Arn: user?.arn ?? callerArn(account),
    UserId: user?.id ?? 'AIDACALLER0000000001',
    Account: account.id,
  }
}

/** Credentials of a session of a role (STS API Reference, AssumeRole); whoever is not to get them is refused by `authorize`. */
function assumed(account: Account, parameters: Parameters): Xml {
  const id = uniqueId(account, 'ASIA')
  const secret = `session/secret/of/${id}`
  account.secrets.set(id, secret)
  const role = (parameters.get('RoleArn') ?? '').split('/').at(-1) ?? ''
  const session = parameters.get('RoleSessionName') ?? ''
  return {
    Credentials: {
      AccessKeyId: id,
      SecretAccessKey: secret,
      SessionToken: `token/of/${id}`,
      Expiration: '2099-01-01T00:00:00Z',
    },
    AssumedRoleUser: {
      AssumedRoleId: `AROAASSUMED000000001:${session}`,
      Arn: `arn:${account.partition}:sts::${account.id}:assumed-role/${role}/${session}`,
    },
  }
}

/** Who calls, unless it is a user of the account. */
export function callerArn({ partition, id }: Account): string {
  return `arn:${partition}:iam::${id}:user/dba`
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
