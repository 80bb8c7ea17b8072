import { counted } from '../model/counted.ts'
import { printableName } from '../model/identifier.ts'
import type { NetworkPlan, WayText } from './network-plan.ts'
import { someNames } from './plan-input.ts'

/** Addresses about which the same is decided, in words. */
export interface DoorGroup {
  /** `From all 12 ranges`, `From 10.0.0.0/8 into shop`. */
  readonly who: string
  readonly today: string
  /** With our lines in their place. */
  readonly after: string
  readonly letsIn: boolean
}

/** Who decides about which addresses: those together about whom the same is said, in the order of the answers. */
export function doorGroups(ways: readonly WayText[]): readonly DoorGroup[] {
  const groups = new Map<string, WayText[]>()
  for (const way of ways) {
    const key = JSON.stringify([way.text, way.after])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [way])
    else group.push(way)
  }
  const databases = new Set(ways.map(({ database }) => database))
  return [...groups.values()].flatMap(group => {
    const [first] = group
    if (first === undefined) return []
    const addresses = [...new Set(group.map(way => way.addresses))]
    const inside = new Set(group.map(way => way.database))
    const all = groups.size === 1 && addresses.length > 1
    const where = inside.size === databases.size ? '' : ` into ${someNames([...inside], 3)}`
    return [
      {
        who: `From ${all ? `all ${counted(addresses.length, 'range')}` : someOfThese(addresses)}${where}`,
        today: first.text,
        after: first.after,
        letsIn: first.letsIn,
      },
    ]
  })
}

/** What is to be done at the door, in one or two sentences; the lines themselves are shown beside it. */
export function doorAdvice({ ways, unread, open, above, change }: NetworkPlan): string {
  if (change !== null) {
    const where = change.above === null ? 'at its end' : `above ${change.above}`
    const says =
      change.ownFile === null
        ? `pg-usher writes these lines into ${change.path}, ${where}, and has it read again.`
        : `pg-usher writes these lines into ${change.ownFile} beside ${change.path}, which includes it, ${where}, and has both read again.`
    return change.by === 'sql' ? `${says} ${inPlace}` : says
  }
  if (unread !== null) {
    return `${unread.message} These lines belong above any line that would decide about the same addresses; then SELECT pg_reload_conf().`
  }
  if (open) return 'All of them are let in today: pg_hba.conf needs no change.'
  if (ways === null) return ''
  return `To be put into pg_hba.conf ${above === null ? 'at its end' : `above ${above}`}; then SELECT pg_reload_conf().`
}

// lo_export() opens the file itself and does not flush it (be-fsstubs.c).
const inPlace =
  'The file cannot be replaced from here, so the server overwrites it in place: should its machine go down in that very moment, part of the file may be missing. A backup is made in its data directory before.'

/** That the tool could come without TLS all the same; null where it could not. */
export function plainWarning({ withoutTls }: NetworkPlan): string | null {
  return withoutTls === null
    ? null
    : `A connection without TLS from there is let in too: ${withoutTls}. Have the tool ask for TLS, or make that line hostssl.`
}

/** Over what is said of the door. */
export function doorHeading(login: string): string {
  return `Who decides about ${printableName(login)} (pg_hba.conf)`
}

function someOfThese(addresses: readonly string[], most = 3): string {
  const first = addresses.slice(0, most).join(', ')
  return addresses.length > most ? `${first} and ${addresses.length - most} more` : first
}
