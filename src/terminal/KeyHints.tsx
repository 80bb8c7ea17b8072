import { Text } from 'ink'
import { type Binding, footerHints, HINT_GAP, hintText } from './keymap.ts'
import { useLook } from './look.tsx'

/** The foot of a screen, one row: the keys that work now, the most important first, as many as fit. */
export function KeyHints({ bindings, columns }: { bindings: readonly Binding[]; columns: number }) {
  const { glyphs, theme } = useLook()
  return (
    <Text wrap="truncate" {...theme.muted}>
      {footerHints(bindings, columns, glyphs).map(hintText).join(HINT_GAP)}
    </Text>
  )
}
