import { redactedJson } from '../../model/redact.ts'

/** A document for standard output with `--json`, with a line break at its end, and nothing secret in it. */
export function jsonText(document: unknown): string {
  return `${redactedJson(document, 2)}\n`
}
