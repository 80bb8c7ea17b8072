import type { Connector, FormField } from '../connectors/connector.ts'
import type { Answers } from '../model/answers.ts'
import type { AwsPlan } from './aws/aws-plan.ts'
import type { Plan } from './plan.ts'

/** The vendor's form for one database, its labels in its order, filled in. */
export interface FilledForm {
  readonly database: string
  readonly title: string
  /** The way to it through the vendor's menus, one entry a click. */
  readonly way: readonly string[]
  readonly fields: readonly FilledField[]
}

export type FilledField =
  | { readonly label: string; readonly hidden: false; readonly value: string }
  /** The password: its value is in the chosen store only, and is put in where it is shown. */
  | { readonly label: string; readonly hidden: true; readonly value: null }

/**
 * The vendor's form filled in, one for each database of the plan; empty when it has none for this way in.
 * @param keyId the access key that was made, where the tool has one
 */
export function fillForm(
  connector: Connector,
  answers: Answers,
  plan: Plan,
  keyId: string | null = plan.aws?.principal.keyId ?? null,
): FilledForm[] {
  const { authentication } = answers
  const way = authentication.method === 'aws-iam' ? authentication.aws.way.way : undefined
  const form = connector.forms.find(each => each.authentication === authentication.method && each.way === way)
  // What AWS has to do with it is known by the plan alone.
  if (form === undefined || (way !== undefined && plan.aws === undefined)) return []
  return plan.databases.map(({ database, schemas }) => ({
    database,
    title: form.title,
    way: connector.way,
    fields: form.fields.map(field =>
      fillField(field, answers, { database, schemas }, { aws: plan.aws, keyId }),
    ),
  }))
}

function fillField(
  { label, value }: FormField,
  answers: Answers,
  { database, schemas }: { readonly database: string; readonly schemas: readonly string[] },
  { aws, keyId }: { readonly aws: AwsPlan | undefined; readonly keyId: string | null },
): FilledField {
  switch (value.from) {
    case 'host':
      return { label, hidden: false, value: answers.endpoint.host }
    case 'port':
      return { label, hidden: false, value: String(answers.endpoint.port) }
    case 'login':
      return { label, hidden: false, value: answers.roles.login }
    case 'password':
    case 'aws-key-secret':
      return { label, hidden: true, value: null }
    case 'database':
      return { label, hidden: false, value: database }
    case 'schemas':
      return { label, hidden: false, value: schemas.join(', ') }
    case 'aws-key-id':
      return { label, hidden: false, value: keyId ?? '(of the key that is made)' }
    case 'aws-role-arn':
      return { label, hidden: false, value: aws?.principal.arn ?? '' }
    case 'aws-external-id':
      return { label, hidden: false, value: aws?.principal.externalId ?? '(none)' }
    case 'aws-region':
      return { label, hidden: false, value: aws?.target.region ?? '' }
    case 'fixed':
      return { label, hidden: false, value: value.text }
  }
}
