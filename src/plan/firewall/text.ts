import type { FirewallAdvice } from './firewall.ts'

/** A piece of the advice, for whoever draws it. */
export interface FirewallText {
  readonly kind: 'words' | 'command' | 'warning'
  readonly text: string
}

/** The advice in its order: what to mind before the commands that it is about. */
export function firewallText({ service, commands, way, warnings, source }: FirewallAdvice): FirewallText[] {
  const console = way.length === 0 ? '' : ` In the console: ${way.join(' > ')}.`
  const read = source === null ? '' : ` (${source.url}, read on ${source.readOn})`
  return [
    {
      kind: 'words',
      text:
        commands.length === 0
          ? `${service} decides who comes in, and pg_hba.conf is its own${read}.`
          : `${service} decides who comes in, and pg_hba.conf is its own${read}. The names in capitals are yours to fill in.${console}`,
    },
    ...warnings.map((text): FirewallText => ({ kind: 'warning', text })),
    ...commands.map((text): FirewallText => ({ kind: 'command', text })),
  ]
}
