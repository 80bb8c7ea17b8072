import type { AdviceText } from '../advice-text.ts'
import type { FirewallAdvice } from './firewall.ts'

/** The advice in its order: what to mind before the commands that it is about. */
export function firewallText({ service, commands, way, warnings, source }: FirewallAdvice): AdviceText[] {
  const console = way.length === 0 ? '' : ` In the console: ${way.join(' > ')}.`
  const read = source === null ? '' : ` (${source.url}, read on ${source.readOn})`
  return [
    {
      kind: 'words',
      text:
        commands.length === 0
          ? `${service} decides who comes in, and pg_hba.conf is its own${read}.${console}`
          : `${service} decides who comes in, and pg_hba.conf is its own${read}. The names in capitals are yours to fill in.${console}`,
    },
    ...warnings.map((text): AdviceText => ({ kind: 'warning', text })),
    ...commands.map((text): AdviceText => ({ kind: 'command', text })),
  ]
}
