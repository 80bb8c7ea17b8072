import { Text } from 'ink'
import { type Binding, footerHints } from './keymap.ts'
import { useLook } from './look.tsx'

/** The foot of a screen, one row: the keys that work now, the most important first, as many as fit. */
export function KeyHints({ bindings, columns }: { bindings: readonly Binding[]; columns: number }) {
  const { theme } = useLook()
  return (
    <Text wrap="truncate" {...theme.muted}>
      {footerHints(bindings, columns)
        .map(({ key, label }) => `${key} ${label}`)
        .join('  ')}
    </Text>
  )
}
