import { printable } from '../../../model/identifier.ts'
import type { FirewallText } from '../../../plan/firewall/text.ts'
import { paragraph } from './layout.ts'

/** A piece of what is to be done at a managed service; a command stands on a line of its own, to be copied whole. */
export function firewallPart({ kind, text }: FirewallText, indent: string): string[] {
  switch (kind) {
    case 'words':
      return paragraph(text, indent)
    case 'warning':
      return paragraph(text, `${indent}Mind: `)
    case 'command':
      return [`${indent}  ${printable(text)}`]
  }
}
