import type { Connector } from '../../connectors/connector.ts'
import { connectorById } from '../../connectors/connectors.ts'
import type { Answers } from '../../model/answers.ts'
import { Refusal } from './refusal.ts'

/** The tool of the answers. @throws Refusal where there is none of that name */
export function connectorOf({ tool }: Pick<Answers, 'tool'>): Connector {
  const connector = connectorById(tool)
  if (connector !== null) return connector
  throw new Refusal([
    {
      code: 'unknown-tool',
      message: `There is no tool "${tool}".`,
      next: 'pg-usher connectors lists those that there are.',
      path: 'tool',
    },
  ])
}
