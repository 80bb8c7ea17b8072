import { type DoorInput, networkPlan } from '../network-plan.ts'
import type { PlanInput } from '../plan-input.ts'
import { certificateText } from './certificate.ts'
import { tlsAtService } from './services.ts'
import type { TlsAdvice } from './tls.ts'
import { turnTlsOn } from './turn-on.ts'

/** What of a plan's input it depends on what the tool's connection will be. */
export type TlsInput = DoorInput &
  Pick<PlanInput, 'connector'> & {
    readonly answers: DoorInput['answers'] & Pick<PlanInput['answers'], 'endpoint' | 'server'>
  }

/** What the tool's connection will be: off, required or as the tool chooses, and whether it can be verified. */
export function tlsPlan(input: TlsInput): TlsAdvice {
  const { answers, connector, server } = input
  const { host } = answers.endpoint
  const verified = certificateText(server.certificate ?? null, host, connector)
  if (server.provider !== 'self-run') {
    const { user } = answers.server
    const { says, ...rest } =
      answers.authentication.method === 'aws-iam'
        ? { ...iam, source: null }
        : tlsAtService(server.provider, { host, user, forced: server.tlsSettings?.forced ?? null })
    return { ...rest, says, verified }
  }
  if (!server.tlsAvailable)
    return {
      connection: 'off',
      says:
        answers.authentication.method === 'aws-iam'
          ? 'TLS is off: this server has none. AWS takes tokens of IAM over TLS only, so nobody could log in by one.'
          : 'TLS is off: this server has none. The password stays safe (SCRAM), but what the tool reads travels in the clear, for everybody on the way to see and to change.',
      verified: null,
      steps: turnTlsOn(server, host, answers.server),
      source: null,
    }
  const withoutTls = networkPlan(input).network?.withoutTls ?? null
  return {
    ...(withoutTls === null
      ? {
          connection: 'required',
          says: 'TLS is required. The lines for pg_hba.conf are hostssl, which admit nobody without.',
        }
      : {
          connection: 'chosen-by-tool',
          says: 'TLS only if the tool asks for it. pg_hba.conf has a line that lets it in without, too.',
        }),
    verified,
    steps: [],
    source: null,
  }
}

/** pg_hba.conf of RDS takes tokens over TLS only (hostssl … pam). */
const iam = {
  connection: 'required',
  says: 'TLS is required. AWS takes tokens of IAM over TLS only.',
  steps: [],
} as const
