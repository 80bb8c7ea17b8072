import { Text } from 'ink'
import { askedSteps, stepTitles } from '../steps/step.ts'
import { useLook } from '../terminal/look.tsx'
import { displayWidth, truncate, visible } from '../terminal/truncate.ts'
import type { WizardState } from '../wizard/state.ts'

/** The first row of every screen: the tool, the server, and where one is among the steps. */
export function Head({ state }: { state: WizardState }) {
  const { glyphs, theme } = useLook()
  const { columns } = state.size
  const asked = askedSteps(state.draft)
  const at = `${stepTitles[state.step]}  ${asked.indexOf(state.step) + 1}/${asked.length}`
  const { server } = state.draft
  const where = [
    state.facts.connector?.name,
    server === undefined ? undefined : visible(`${server.user}@${server.host}:${server.port}`),
  ].filter(part => part !== undefined)
  const room = columns - displayWidth(at) - displayWidth('pg-usher') - 4
  const what = truncate(where.join(` ${glyphs.arrow} `), Math.max(0, room), glyphs.ellipsis, 'middle')
  const space = ' '.repeat(Math.max(1, columns - displayWidth(`pg-usher  ${what}${at}`)))
  return (
    <Text wrap="truncate">
      <Text {...theme.strong}>pg-usher</Text>
      {'  '}
      <Text {...theme.accent}>{what}</Text>
      {space}
      <Text {...theme.muted}>{at}</Text>
    </Text>
  )
}

/** The row under the head: a rule, or what has just happened; of a long path both ends are seen. */
export function NoticeRow({ state }: { state: WizardState }) {
  const { glyphs, theme } = useLook()
  const { columns } = state.size
  if (state.notice === null) return <Text {...theme.muted}>{glyphs.rule.repeat(columns)}</Text>
  return (
    <Text wrap="truncate" {...theme.warn}>
      {truncate(visible(`${glyphs.bullet} ${state.notice}`), columns, glyphs.ellipsis, 'middle')}
    </Text>
  )
}
