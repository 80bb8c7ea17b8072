import { useSyncExternalStore } from 'react'
import { Frame } from '../terminal/Frame.tsx'
import { KeyHints } from '../terminal/KeyHints.tsx'
import { type Look, LookProvider, useLook } from '../terminal/look.tsx'
import { useRawInput } from '../terminal/use-raw-input.ts'
import type { WizardEvent } from '../wizard/event.ts'
import { bindingsFor } from '../wizard/keymap.ts'
import type { WizardState } from '../wizard/state.ts'
import type { Store } from '../wizard/store.ts'
import { canApply } from '../wizard/update/review.ts'
import { Apply } from './Apply.tsx'
import { Authentication } from './Authentication.tsx'
import { Aws } from './Aws.tsx'
import { Connection } from './Connection.tsx'
import { ColumnsProvider } from './columns.tsx'
import { Done } from './Done.tsx'
import { Endpoint } from './Endpoint.tsx'
import { Head, noticeRows } from './Head.tsx'
import { Network } from './Network.tsx'
import { OverlayView } from './Overlays.tsx'
import { Review } from './Review.tsx'
import { Row } from './Row.tsx'
import { Schemas } from './Schemas.tsx'
import { Secret } from './Secret.tsx'
import { serverName } from './server-name.ts'
import { Tables } from './Tables.tsx'
import { Tool } from './Tool.tsx'

/** The whole screen: a function of the store's state. */
export function App({ store, look }: { store: Store; look: Look }) {
  useRawInput()
  const state = useSyncExternalStore(store.subscribe, store.getState)
  return (
    <LookProvider look={look}>
      <ColumnsProvider columns={state.size.columns}>
        <Frame
          terminal={state.size}
          head={[<Head key="head" state={state} />, ...noticeRows(state, look)]}
          foot={[
            <AboveKeys key="above" state={state} />,
            <KeyHints key="keys" bindings={bindingsFor(state)} columns={state.size.columns} />,
          ]}
        >
          {state.overlay === null ? (
            <Step state={state} dispatch={store.dispatch} />
          ) : (
            <OverlayView state={state} overlay={state.overlay} />
          )}
        </Frame>
      </ColumnsProvider>
    </LookProvider>
  )
}

/** The row above the keys is empty; where one of them changes a server, it says which, in full where it fits. */
function AboveKeys({ state }: { state: WizardState }) {
  const { glyphs } = useLook()
  const { plan } = state.review
  if (state.step !== 'review' || state.overlay !== null || plan === null || !canApply(state)) return <Row />
  const { columns } = state.size
  const { server } = plan
  const words = `y changes ${server.host}:${server.port}`.length <= columns ? 'y changes ' : 'y: '
  return <Row tone="strong">{words + serverName(server, columns - words.length, glyphs.ellipsis)}</Row>
}

function Step({ state, dispatch }: { state: WizardState; dispatch: (event: WizardEvent) => void }) {
  switch (state.step) {
    case 'tool':
      return <Tool state={state} dispatch={dispatch} />
    case 'connection':
      return <Connection state={state} />
    case 'endpoint':
      return <Endpoint state={state} />
    case 'authentication':
      return <Authentication state={state} />
    case 'aws':
      return <Aws state={state} />
    case 'schemas':
      return <Schemas state={state} />
    case 'tables':
      return <Tables state={state} />
    case 'network':
      return <Network state={state} />
    case 'secret':
      return <Secret state={state} />
    case 'review':
      return <Review state={state} />
    case 'apply':
      return <Apply state={state} />
    case 'done':
      return <Done state={state} />
  }
}
