/** A piece of advice about what is outside the database, for whoever draws it. A command is for a POSIX shell. */
export interface AdviceText {
  readonly kind: 'words' | 'command' | 'warning'
  readonly text: string
}
