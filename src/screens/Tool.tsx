import { connectors } from '../connectors/connectors.ts'
import { Menu } from '../terminal/Menu.tsx'
import type { WizardEvent } from '../wizard/event.ts'
import { bodyRows } from '../wizard/layout.ts'
import type { WizardState } from '../wizard/state.ts'
import { Prose, Row } from './Row.tsx'

/** Which tool is let in. */
export function Tool({ state, dispatch }: { state: WizardState; dispatch: (event: WizardEvent) => void }) {
  const chosen = connectors.find(connector => connector.id === state.tool.highlighted)
  return (
    <>
      <Row tone="strong">Which tool shall see the database?</Row>
      <Row />
      <Menu
        items={connectors.map(connector => ({ value: connector.id, label: connector.name }))}
        columns={state.size.columns}
        initial={state.tool.highlighted}
        focused={state.overlay === null}
        onSelect={tool => dispatch({ kind: 'tool-chosen', tool })}
        onHighlight={tool => dispatch({ kind: 'tool-highlighted', tool })}
      />
      <Row />
      {chosen === undefined ? null : (
        <Prose
          rows={Math.max(1, bodyRows(state) - connectors.length - 3)}
          paragraphs={[
            { text: chosen.summary },
            { text: `Needs: ${chosen.needs}` },
            chosen.readOnly ? { text: 'Only reads.' } : { text: 'Also writes.', tone: 'warn' },
            {
              text: `Its page was read on ${chosen.page.readOn}${chosen.page.note === undefined ? '' : ` (${chosen.page.note})`}`,
              tone: 'muted',
            },
            { text: chosen.page.url, tone: 'muted' },
          ]}
        />
      )}
    </>
  )
}
