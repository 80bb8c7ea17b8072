import type { AdviceText } from '../advice-text.ts'
import type { TlsAdvice } from './tls.ts'

/** What the tool's connection will be, and what is to be done about it. */
export function tlsText(advice: TlsAdvice): AdviceText[] {
  return [...tlsStatement(advice), ...advice.steps]
}

/** What the tool's connection will be, by itself. */
export function tlsStatement({ connection, says, verified, source }: TlsAdvice): AdviceText[] {
  const read = source === null ? '' : ` (${source.url}, read on ${source.readOn})`
  return [
    {
      kind: connection === 'off' || connection === 'chosen-by-tool' ? 'warning' : 'words',
      text: says + read,
    },
    ...(verified === null ? [] : [{ kind: 'words' as const, text: verified }]),
  ]
}
