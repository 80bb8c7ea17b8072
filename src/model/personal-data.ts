/** A column that looks like personal data, and by which rule. */
export interface PersonalDataMark {
  readonly column: string
  readonly category: PersonalDataCategory
  /** The rule in words, such as `the name says e-mail`. */
  readonly because: string
}

export type PersonalDataCategory = string

/** Marks columns by documented rules on name, type and comment. */
export function markPersonalData(
  _columns: readonly { readonly name: string; readonly type: string; readonly comment: string | null }[],
): PersonalDataMark[] {
  return []
}
