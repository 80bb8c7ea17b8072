import type { Problem } from './problem.ts'

/**
 * The shared credentials file of AWS (SDKs and Tools Reference Guide, "Shared config and credentials files"):
 * `[profile]`, then `key = value`. Keys are of letters, digits, `+` and `/`: nothing is quoted or escaped.
 */
export interface AwsProfile {
  readonly id: string
  readonly secret: string
}

/** Why a name is not used for a profile; null where it may be. */
export function profileNameProblem(name: string): Problem | null {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,127}$/.test(name)) return null
  return {
    code: 'bad-profile-name',
    message:
      'The name of a profile: letters, digits and _ - . @ +, at most 128, with a letter, a digit or _ first.',
  }
}

/** The key of a profile; null where there is none. A profile that comes twice counts together, as for the SDKs. */
export function awsProfile(lines: readonly string[], name: string): AwsProfile | null {
  const found = new Map<string, string>()
  let inside = false
  for (const raw of lines) {
    const line = raw.trim()
    if (line.startsWith('[')) inside = isHeading(line, name)
    else if (inside && !/^[#;]/.test(line) && line.includes('=')) {
      const at = line.indexOf('=')
      found.set(line.slice(0, at).trim(), line.slice(at + 1).trim())
    }
  }
  const id = found.get('aws_access_key_id')
  const secret = found.get('aws_secret_access_key')
  return id === undefined || secret === undefined ? null : { id, secret }
}

/**
 * The lines with this key in the profile, which is made at the end where there is none; null takes the key out,
 * and its heading where nothing else is below it. All other lines stay as they are.
 * @throws RangeError for a key that would not come back as it is
 */
export function withAwsProfile(
  lines: readonly string[],
  name: string,
  profile: AwsProfile | null,
): readonly string[] {
  const from = lines.findIndex(line => isHeading(line.trim(), name))
  const key = profile === null ? [] : keyLines(profile)
  if (from === -1) {
    if (profile === null) return lines
    const apart = lines.length === 0 || lines.at(-1)?.trim() === '' ? [] : ['']
    return [...lines, ...apart, `[${name}]`, ...key]
  }
  const next = lines.findIndex((line, at) => at > from && line.trim().startsWith('['))
  const end = next === -1 ? lines.length : next
  const others = lines.slice(from + 1, end).filter(line => !ofKey.test(line.trim()))
  if (profile !== null) return [...lines.slice(0, from + 1), ...key, ...others, ...lines.slice(end)]
  if (others.some(line => line.trim() !== '')) return lines.toSpliced(from + 1, end - from - 1, ...others)
  const before = lines.slice(0, from)
  return [
    ...(before.at(-1)?.trim() === '' && others.length === 0 ? before.slice(0, -1) : before),
    ...lines.slice(end),
  ]
}

/** A session token belongs to the key that it came with. */
const ofKey = /^(aws_access_key_id|aws_secret_access_key|aws_session_token)\s*=/

function keyLines({ id, secret }: AwsProfile): readonly string[] {
  if (!/^\w{16,128}$/.test(id) || !/^[A-Za-z0-9/+=]+$/.test(secret))
    throw new RangeError('this is no access key of AWS')
  return [`aws_access_key_id = ${id}`, `aws_secret_access_key = ${secret}`]
}

function isHeading(line: string, name: string): boolean {
  return /^\[\s*(.*?)\s*\]/.exec(line)?.[1] === name
}
