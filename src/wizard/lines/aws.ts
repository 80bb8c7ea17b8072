import { type Paragraph, problemParagraphs } from '../../model/paragraph.ts'
import { fieldValue } from '../../terminal/form.ts'
import type { AwsFound } from '../event.ts'
import type { WizardState } from '../state.ts'
import { type Line, linesOf } from './line.ts'

/** What AWS says, and what the answers that stand there come to. */
export function awsLines(state: WizardState): readonly Line[] {
  const { aws } = state
  const paragraphs: Paragraph[] = [
    ...(aws.problem === null ? [] : problemParagraphs(aws.problem)),
    ...(aws.found === null ? [] : foundParagraphs(aws.found, fieldValue(aws.form, 'enable') === 'yes')),
    ...words(state),
  ]
  return linesOf(paragraphs, state.size.columns)
}

function foundParagraphs({ identity, target, database }: AwsFound, enable: boolean): Paragraph[] {
  const who: Paragraph = { text: `You are ${identity.arn}, in account ${identity.account}.`, tone: 'good' }
  if (database === null)
    return [
      who,
      {
        text: `The database is ${target.resourceId} in ${target.region}, as typed: AWS was not asked about it.`,
      },
    ]
  const { pending } = database
  return [
    who,
    {
      text: `${database.kind === 'cluster' ? 'Cluster' : 'Instance'} ${database.identifier} (${target.resourceId}) in ${target.region}, ${database.status}; IAM authentication is ${database.iamAuthentication ? 'on' : 'off'}.`,
      hanging: 2,
    },
    ...(database.iamAuthentication
      ? []
      : enable
        ? [
            {
              text:
                pending.length === 0
                  ? 'It is turned on at once when the plan is applied; nothing else waits to be applied with it.'
                  : `It is turned on at once when the plan is applied, and with it all that waits for the maintenance window: ${pending.map(({ name, value }) => `${name} = ${value}`).join(', ')}.`,
              tone: pending.length === 0 ? ('muted' as const) : ('warn' as const),
              hanging: 2,
            },
          ]
        : [
            {
              text: 'The plan cannot be applied while it is off: choose to turn it on, or have somebody do it.',
              tone: 'warn' as const,
              hanging: 2,
            },
          ]),
    { text: 'Enter goes on.' },
  ]
}

/** In short, what the choices mean; what may be dangerous first. */
function words({ aws, facts }: WizardState): Paragraph[] {
  const { form, found } = aws
  const vendor = facts.connector?.name ?? 'The tool'
  const role = fieldValue(form, 'way') === 'role'
  const externalId = fieldValue(form, 'externalId').trim() !== ''
  return [
    role && fieldValue(form, 'vendorArn').trim() === ''
      ? {
          text: `Until ${vendor} has said its ARN nobody may assume the role; the ticket's text with the role's ARN is written, and the same answers with the vendor's ARN open it later.`,
          hanging: 2,
          tone: 'muted' as const,
        }
      : null,
    role && externalId
      ? {
          text: `${vendor} has to give you the external ID, another one for each of its customers; one that you make up protects as long as only the two of you know it.`,
          hanging: 2,
          tone: 'muted' as const,
        }
      : null,
    role && !externalId
      ? {
          text: `Without an external ID another customer of ${vendor} who learns the role's ARN could name it as theirs, and ${vendor} would read your database for them (the confused deputy).`,
          hanging: 2,
          tone: 'muted' as const,
        }
      : null,
    role
      ? null
      : {
          text: 'An access key lasts until somebody takes it away. Its secret is given once, and goes to the place that is asked for later.',
          hanging: 2,
          tone: 'muted' as const,
        },
    fieldValue(form, 'credentials') === 'nobody' && found === null
      ? {
          text: 'AWS is not asked: the plan is saved for whoever may carry it out, as a script, CloudFormation or Terraform.',
          hanging: 2,
          tone: 'muted' as const,
        }
      : null,
  ].filter(each => each !== null)
}
