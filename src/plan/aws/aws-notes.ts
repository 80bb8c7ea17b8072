import { parseArn } from '../../model/aws/arn.ts'
import type { AwsLive } from '../../model/aws/live.ts'
import type { PlanNote } from '../plan.ts'
import type { AwsNames, AwsPlanInput } from './make-aws-plan.ts'
import { deletedPrincipals, letsSomebodyIn } from './same-document.ts'

/** What to know before saying yes to the AWS part. */
export function awsNotes(input: AwsPlanInput, names: AwsNames): readonly PlanNote[] {
  const { live, aws } = input
  return [
    ...(live === null ? [unasked(input, names)] : []),
    ...(live?.database == null ? [flagUnseen(names)] : databaseNotes(live)),
    ...(aws.way.way === 'role' ? roleNotes(input, names) : userNotes(input)),
    ...besidesNotes(input),
  ]
}

function unasked({ connector }: AwsPlanInput, { target }: AwsNames): PlanNote {
  return info(
    `AWS is not asked: whether something of it is there already in account ${target.account} is not known, and the exports look for it themselves. Nothing in AWS is changed for ${connector.name} from here.`,
  )
}

function flagUnseen({ target }: AwsNames): PlanNote {
  return warning(
    `Whether IAM authentication is on for ${target.resourceId} was not looked at: see that it is, or no token is taken.`,
  )
}

function databaseNotes({ database }: AwsLive): readonly PlanNote[] {
  if (database === null) return []
  const notes: PlanNote[] = []
  const { pending, identifier } = database
  if (!database.iamAuthentication && pending.length > 0) {
    const list = pending.map(({ name, value }) => `${name} ${value}`).join(', ')
    notes.push(
      warning(
        `Turning IAM authentication on applies at once everything that waits for the maintenance window of ${identifier}: ${list}. Some of it may restart the server. None of it can be taken back.`,
      ),
    )
  }
  if (database.replicaOf !== null)
    notes.push(
      warning(
        `${identifier} is a replica of ${database.replicaOf}: the policy is for this replica alone, and its users are made on the source.`,
      ),
    )
  notes.push(
    info(
      'A new connection by token costs the server more than one by password: AWS advises fewer than 200 of them in a second.',
    ),
  )
  return notes
}

function roleNotes({ aws, connector, live }: AwsPlanInput, { target }: AwsNames): readonly PlanNote[] {
  const { way } = aws
  if (way.way !== 'role') return []
  const notes: PlanNote[] = []
  const trust = live?.role?.trust ?? ''
  const deleted = deletedPrincipals(trust)
  if (deleted.length > 0)
    notes.push(
      warning(
        `The role's trust policy names ${deleted.join(', ')}: that is what IAM shows where the vendor's role was deleted. Making it again under the same name does not bring the trust back; this plan does, where the vendor is known.`,
      ),
    )
  if (way.vendor.known) {
    if (parseArn(way.vendor.arn)?.account === target.account)
      notes.push(
        warning(`${way.vendor.arn} is of your own account ${target.account}, not of ${connector.name}'s.`),
      )
    if (way.externalId === null)
      notes.push(
        info(
          `Without an external ID ${connector.name} can be led by another of its customers to use this role, whose ARN is no secret ("confused deputy"). The trust ends there only if ${connector.name} itself keeps its customers apart. Its form has a field for an external ID: take the value from the vendor, and give it here too.`,
        ),
      )
  } else if (letsSomebodyIn(trust)) {
    notes.push(info('The role may be assumed already, by whom its trust policy names; that stays as it is.'))
  } else {
    notes.push(
      info(
        `Nobody may assume the role until ${connector.name} has told its ARN. Send the ticket; with the answer, run this again with the ARN in authentication.aws.way.vendor.`,
      ),
    )
  }
  notes.push(
    info(
      `Whether the role can be assumed, only ${connector.name} can try: a new role takes up to half a minute before it can be. What is tried from here is everything but that.`,
    ),
  )
  return notes
}

function userNotes({ connector, live }: AwsPlanInput): readonly PlanNote[] {
  const others = (live?.user?.keys ?? []).filter(({ id }) => live?.storedKeys.includes(id) !== true)
  return [
    info(
      `A key of a user lasts until somebody deletes it. Where ${connector.name} can assume a role, that leaves nothing to be lost.`,
    ),
    ...others.map(({ id, active }) =>
      info(
        `The user has a key ${id} (${active ? 'active' : 'inactive'}) whose secret is not in the chosen place: it is left as it is.`,
      ),
    ),
  ]
}

/** What the role or user can do besides, which was not planned here. */
function besidesNotes({ aws, live }: AwsPlanInput): readonly PlanNote[] {
  const there = aws.way.way === 'role' ? live?.role : live?.user
  if (there == null || live == null) return []
  const notes: PlanNote[] = []
  const others = there.attached.filter(arn => arn !== live.policy?.arn)
  if (others.length > 0)
    notes.push(warning(`${there.name} has other policies too, which stay: ${others.join(', ')}.`))
  if (there.inline.length > 0)
    notes.push(
      warning(`${there.name} has policies of its own (inline), which stay: ${there.inline.join(', ')}.`),
    )
  if ('groups' in there && there.groups.length > 0)
    notes.push(warning(`${there.name} is in groups, whose policies it has too: ${there.groups.join(', ')}.`))
  if (there.boundary !== null && aws.permissionsBoundary === null)
    notes.push(info(`${there.name} is bounded by ${there.boundary}; that stays.`))
  if (there.path !== aws.path)
    notes.push(info(`${there.name} is under the path ${there.path}, which cannot be changed.`))
  if (live.policy !== null && live.policy.attachments > (there.attached.includes(live.policy.arn) ? 1 : 0))
    notes.push(warning('The policy is attached to something else too: what it allows, that may do as well.'))
  return notes
}

function info(text: string): PlanNote {
  return { level: 'info', database: null, text }
}

function warning(text: string): PlanNote {
  return { level: 'warning', database: null, text }
}
