import type { Paragraph } from '../../model/paragraph.ts'
import { isLocalHost } from '../../steps/endpoint.ts'
import { fieldValue } from '../../terminal/form.ts'
import type { WizardState } from '../state.ts'
import { type Line, linesOf } from './line.ts'

/** What the address is for, and a warning about one that means the machine itself. */
export function endpointLines(state: WizardState): readonly Line[] {
  const host = fieldValue(state.endpoint.form, 'host')
  const paragraphs: Paragraph[] = [
    ...(host !== '' && isLocalHost(host)
      ? [
          {
            text: 'This name means the machine itself: only a tool on the same machine can use it.',
            tone: 'warn' as const,
          },
        ]
      : []),
    { text: 'It stands in the connection form at the end; nothing is connected to now.', tone: 'muted' },
  ]
  return linesOf(paragraphs, state.size.columns)
}
