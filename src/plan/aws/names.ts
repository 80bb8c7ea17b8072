import { maxIamName } from '../../model/aws/arn.ts'
import type { AwsTag } from '../../model/aws/policy.ts'

/** Its value says for which login of which database a policy, role or user was made; what has it not is not ours. */
export const ownershipTag = 'pg-usher'

/**
 * The name of policy and role or user where none is chosen: the same for the same tool, database and login, so that
 * a second run finds what a first one has made. At most 64 characters.
 */
export function defaultAwsName(tool: string, resourceId: string, login: string): string {
  const whole = `${tool}-${resourceId}-${login}`
  const name = whole.replace(/[^\w+=,.@-]/g, '_')
  if (name === whole && name.length <= maxIamName) return name
  const mark = `-${hash(whole)}`
  return `${name.slice(0, maxIamName - mark.length)}${mark}`
}

/** The tag that says whose it is. */
export function ownership(resourceId: string, login: string): AwsTag {
  return { key: ownershipTag, value: tagText(`${resourceId}/${login}`) }
}

/** Whether it was made for this login of this database, for another one, or not by us. */
export function ownerOf(tags: readonly AwsTag[], wanted: AwsTag): 'this' | 'another' | 'nobody' {
  const value = tags.find(({ key }) => key === ownershipTag)?.value
  return value === undefined ? 'nobody' : value === wanted.value ? 'this' : 'another'
}

/** What a tag's value cannot have (IAM API Reference, Tag) is written as `=` and its code, as in RFC 2045, 6.7. */
function tagText(text: string): string {
  return text.replace(
    /[^\p{L}\p{N}_.:/+\-@ ]/gu,
    character => `=${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** FNV-1a, 32 bits, eight hexadecimal digits: to tell long names apart, not to keep anything secret. */
function hash(text: string): string {
  let value = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0
  return value.toString(16).padStart(8, '0')
}
