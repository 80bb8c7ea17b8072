import { atlan } from './atlan.ts'
import { atlassianAnalytics } from './atlassian-analytics.ts'
import type { Connector } from './connector.ts'

/** Every tool that pg-usher knows, in the order in which it is offered. */
export const connectors: readonly Connector[] = [atlan, atlassianAnalytics]

/** The tool with this id, or null. */
export function connectorById(id: string): Connector | null {
  return connectors.find(connector => connector.id === id) ?? null
}
