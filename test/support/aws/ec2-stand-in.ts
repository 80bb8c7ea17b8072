import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { element, listOf, type Xml } from '../../../src/demo/aws/xml.ts'

/** A rule of a security group that lets in. */
export interface IngressRule {
  readonly group: string
  readonly port: number
  readonly cidr: string
  readonly description: string
}

/** A stand-in for EC2's two actions about rules of security groups, for AWS's own client. */
export interface Ec2StandIn {
  readonly url: string
  readonly rules: IngressRule[]
  /** Codes of the errors that were answered. */
  readonly refusals: string[]
  close(): Promise<void>
}

/** Starts one on a port of its own. The caller closes it. */
export async function startEc2StandIn(): Promise<Ec2StandIn> {
  const rules: IngressRule[] = []
  const refusals: string[] = []
  const server = createServer(async (request, response) => {
    const parameters = new URLSearchParams(await bodyOf(request))
    const action = parameters.get('Action') ?? ''
    const answer = actions[action]?.(parameters, rules) ?? 'InvalidAction'
    if (typeof answer === 'string') {
      refusals.push(answer)
      const error = element('Error', { Code: answer, Message: answer })
      response.writeHead(400, { 'content-type': 'text/xml' })
      return void response.end(
        `<Response><Errors>${error}</Errors><RequestID>${requestId}</RequestID></Response>`,
      )
    }
    response.writeHead(200, { 'content-type': 'text/xml' })
    response.end(
      `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${element('requestId', requestId)}${Object.entries(
        answer,
      )
        .map(([name, value]) => element(name, value))
        .join('')}</${action}Response>`,
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rules,
    refusals,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

const requestId = '00000000-0000-4000-8000-000000000000'

/** What an action answers, or the code of its error. */
type Action = (parameters: URLSearchParams, rules: IngressRule[]) => Readonly<Record<string, Xml>> | string

const actions: Readonly<Record<string, Action>> = {
  DescribeSecurityGroupRules(parameters, rules) {
    const group = parameters.get('Filter.1.Value.1')
    if (parameters.get('Filter.1.Name') !== 'group-id' || group === null) return 'MissingParameter'
    const outward = { groupId: group, isEgress: true, ipProtocol: '-1', fromPort: -1, toPort: -1 }
    return {
      securityGroupRuleSet: listOf(
        [
          { ...outward, cidrIpv4: '0.0.0.0/0' },
          ...rules
            .filter(rule => rule.group === group)
            .map(({ cidr, port, description }) => ({
              groupId: group,
              isEgress: false,
              ipProtocol: 'tcp',
              fromPort: port,
              toPort: port,
              ...(cidr.includes(':') ? { cidrIpv6: cidr } : { cidrIpv4: cidr }),
              description,
            })),
        ],
        'item',
      ),
    }
  },

  AuthorizeSecurityGroupIngress(parameters, rules) {
    const group = parameters.get('GroupId') ?? ''
    const at = 'IpPermissions.1'
    const range = parameters.has(`${at}.IpRanges.1.CidrIp`)
      ? { cidr: parameters.get(`${at}.IpRanges.1.CidrIp`), of: `${at}.IpRanges.1` }
      : { cidr: parameters.get(`${at}.Ipv6Ranges.1.CidrIpv6`), of: `${at}.Ipv6Ranges.1` }
    const port = Number(parameters.get(`${at}.FromPort`))
    if (range.cidr === null || parameters.get(`${at}.IpProtocol`) !== 'tcp') return 'InvalidParameterValue'
    // As EC2 does: a rule that is there is an error.
    if (rules.some(rule => rule.group === group && rule.port === port && rule.cidr === range.cidr))
      return 'InvalidPermission.Duplicate'
    rules.push({
      group,
      port,
      cidr: range.cidr,
      description: parameters.get(`${range.of}.Description`) ?? '',
    })
    return { return: true }
  },
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
