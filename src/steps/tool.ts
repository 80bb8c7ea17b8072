import type { Connector } from '../connectors/connector.ts'
import type { LoginLimits, RoleLayout } from '../model/answers.ts'
import type { Draft, DraftChange } from './step.ts'

/** Our limits for a tool's login, shown as ours: no vendor's page names any. */
export const defaultLimits: LoginLimits = {
  connectionLimit: 10,
  validUntil: null,
  statementTimeout: 600,
  readOnly: true,
}

/** The vendor's names in one of its layouts. */
export function vendorRoles(connector: Connector, layout: RoleLayout['layout']): RoleLayout {
  return layout === 'group-and-login'
    ? { layout, group: connector.roleNames.group, login: connector.roleNames.login }
    : { layout, login: connector.roleNames.login }
}

/**
 * Takes the tool. Another tool than before takes the answers with it that were about the former one: its role
 * names, its level of access, its addresses.
 */
export function chooseTool(draft: Draft, connector: Connector): DraftChange {
  if (draft.tool === connector.id) return { draft, cleared: [] }
  const { network: _network, ...kept } = draft
  const [layout] = connector.layouts
  const [tier] = connector.tiers
  return {
    draft: {
      ...kept,
      tool: connector.id,
      roles: vendorRoles(connector, layout ?? 'login'),
      replacePassword: false,
      limits: draft.limits ?? defaultLimits,
      access: tier?.tier ?? 'read',
      authentication: { method: 'password' },
    },
    cleared: draft.tool === undefined ? [] : ['role names, access and network'],
  }
}
