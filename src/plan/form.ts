import type { Connector, FormField } from '../connectors/connector.ts'
import type { Answers } from '../model/answers.ts'
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

/** The vendor's form filled in, one for each database of the plan; empty when it has none for this way in. */
export function fillForm(connector: Connector, answers: Answers, plan: Plan): FilledForm[] {
  const form = connector.forms.find(each => each.authentication === answers.authentication.method)
  if (form === undefined) return []
  return plan.databases.map(({ database, schemas }) => ({
    database,
    title: form.title,
    way: connector.way,
    fields: form.fields.map(field => fillField(field, answers, database, schemas)),
  }))
}

function fillField(
  { label, value }: FormField,
  answers: Answers,
  database: string,
  schemas: readonly string[],
): FilledField {
  switch (value.from) {
    case 'host':
      return { label, hidden: false, value: answers.endpoint.host }
    case 'port':
      return { label, hidden: false, value: String(answers.endpoint.port) }
    case 'login':
      return { label, hidden: false, value: answers.roles.login }
    case 'password':
      return { label, hidden: true, value: null }
    case 'database':
      return { label, hidden: false, value: database }
    case 'schemas':
      return { label, hidden: false, value: schemas.join(', ') }
    case 'fixed':
      return { label, hidden: false, value: value.text }
  }
}
