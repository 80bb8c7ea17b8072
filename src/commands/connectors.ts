import type { Connector } from '../connectors/connector.ts'
import { connectors } from '../connectors/connectors.ts'
import { exitCodes } from '../model/exit-code.ts'
import type { RunCommand } from './support/command-io.ts'
import type { ConnectorsOptions } from './support/command-line.ts'
import { columns, paragraph } from './support/text/layout.ts'

/**
 * Lists the tools that can be let in. With `--json` one document:
 * `{ "connectors": [{ "id", "name", "summary", "needs", "readOnly", "authentication": [],
 *   "page": { "url", "readOn", "note"? } }] }`.
 */
export const run: RunCommand<ConnectorsOptions> = async ({ json }, io) => {
  const text = json
    ? `${JSON.stringify({ connectors: connectors.map(documentOf) }, null, 2)}\n`
    : `${connectors.map(textOf).join('\n\n')}\n`
  io.stdout.write(text)
  return exitCodes.done
}

function documentOf({ id, name, summary, needs, readOnly, authentication, page }: Connector) {
  return { id, name, summary, needs, readOnly, authentication, page }
}

function textOf(connector: Connector): string {
  const { page } = connector
  return [
    ...columns([[connector.id, connector.name]], ''),
    ...paragraph(connector.summary, '  '),
    ...paragraph(connector.needs, '  Needs: '),
    ...(connector.readOnly ? ['  It only reads.'] : []),
    ...paragraph(
      `${page.url}, read on ${page.readOn}${page.note === undefined ? '' : `; ${page.note}`}`,
      '  Page: ',
    ),
  ].join('\n')
}
