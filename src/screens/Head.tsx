import { Text } from 'ink'
import type { ReactNode } from 'react'
import { askedSteps, stepTitles } from '../steps/step.ts'
import { type Look, useLook } from '../terminal/look.tsx'
import { displayWidth, truncate } from '../terminal/truncate.ts'
import { noticeLines } from '../wizard/layout.ts'
import type { WizardState } from '../wizard/state.ts'
import { toolAndServer } from './server-name.ts'

/** The first row of every screen: the tool, the server, and where one is among the steps. */
export function Head({ state }: { state: WizardState }) {
  const { glyphs, theme } = useLook()
  const { columns } = state.size
  const asked = askedSteps(state.draft)
  const at = `${stepTitles[state.step]}  ${asked.indexOf(state.step) + 1}/${asked.length}`
  const name = state.label === null ? '' : ` ${state.label}`
  const room = columns - displayWidth(at) - displayWidth(`pg-usher${name}`) - 4
  const tool = state.facts.connector?.name
  const what = toolAndServer({ tool, server: serverInUse(state) }, room, glyphs)
  const space = ' '.repeat(Math.max(1, columns - displayWidth(`pg-usher${name}  ${what}${at}`)))
  return (
    <Text wrap="truncate">
      <Text {...theme.strong}>pg-usher</Text>
      <Text {...theme.warn}>{name}</Text>
      {'  '}
      <Text {...theme.accent}>{what}</Text>
      {space}
      <Text {...theme.muted}>{at}</Text>
    </Text>
  )
}

/**
 * The server that one is on. While the connection's fields are changed, and after a failed attempt, that is none:
 * the answer of before still stands, but is not what the screen is about.
 */
function serverInUse({ step, connection: { status }, draft }: WizardState) {
  const asking = step === 'tool' || step === 'connection'
  return asking && status !== 'connected' && status !== 'reading' ? undefined : draft.server
}

/** The rows of a notice; no more are shown, because it stands where the body does. */
const noticeRowIds = ['notice', 'notice 2', 'notice 3'] as const

/** Under the head, one node a row: a rule, or what has just happened, until the next key. */
export function noticeRows({ notice, size }: WizardState, { glyphs, theme }: Look): readonly ReactNode[] {
  const { columns } = size
  if (notice === null)
    return [
      <Text key="rule" {...theme.muted}>
        {glyphs.rule.repeat(columns)}
      </Text>,
    ]
  const lines = noticeLines(notice, columns, glyphs.bullet)
  return noticeRowIds.slice(0, lines.length).map((id, row) => (
    <Text key={id} wrap="truncate" {...theme.warn}>
      {id === 'notice 3' ? truncate(lines.slice(row).join(' '), columns, glyphs.ellipsis) : lines[row]}
    </Text>
  ))
}
