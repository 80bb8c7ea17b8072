import type { AwsCall } from '../../model/aws/call.ts'
import { shellQuote } from '../../model/shell-quote.ts'

/** The call as a command of AWS's own client (AWS CLI version 2), for a POSIX shell. */
export function cliCommand(call: AwsCall): string {
  return ['aws', call.service, cliName(call.action), ...cliOptions(call)].join(' ')
}

/** The call's members as options: `--policy-name x`. */
export function cliOptions({ input }: AwsCall): readonly string[] {
  return Object.entries(input).flatMap(([name, value]) => optionOf(name, value))
}

function optionOf(name: string, value: unknown): readonly string[] {
  const option = `--${cliName(name)}`
  if (typeof value === 'boolean') return [value ? option : option.replace('--', '--no-')]
  if (name === 'Tags' && Array.isArray(value)) return [option, shellQuote(JSON.stringify(value))]
  return [option, shellQuote(typeof value === 'string' ? value : JSON.stringify(value))]
}

/** As AWS CLI writes names: `DBInstanceIdentifier` is `db-instance-identifier`, `EnableIAMDatabase…` `enable-iam-database-…`. */
export function cliName(name: string): string {
  return name
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
}
