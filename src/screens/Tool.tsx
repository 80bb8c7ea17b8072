import { Text } from 'ink'
import { connectors } from '../connectors/connectors.ts'
import { Menu } from '../terminal/Menu.tsx'
import type { WizardEvent } from '../wizard/event.ts'
import type { WizardState } from '../wizard/state.ts'
import { Row } from './Row.tsx'

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
        <>
          <Text wrap="wrap">{chosen.summary}</Text>
          <Text wrap="wrap">Needs: {chosen.needs}</Text>
          {chosen.readOnly ? <Row>Only reads.</Row> : <Row tone="warn">Also writes.</Row>}
          <Row tone="muted">
            Its page was read on {chosen.page.readOn}
            {chosen.page.note === undefined ? '' : ` (${chosen.page.note})`}
          </Row>
          <Row tone="muted">{chosen.page.url}</Row>
        </>
      )}
    </>
  )
}
