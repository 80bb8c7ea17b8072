/** What an AccessDenied says. */
export interface AwsDenial {
  /** ARN of who was denied; null where the message does not say. */
  readonly who: string | null
  /** `iam:CreatePolicy`; null where the message does not say. */
  readonly action: string | null
  /** As the message names it: an ARN, or a kind and a name. */
  readonly resource: string | null
  /** `missing`: nothing allows it. `denied`: a policy forbids it, so that allowing it once more is of no use. */
  readonly because: 'missing' | 'denied' | 'unknown'
  /** The kind of policy that lacks or denies it: `identity-based policy`, `service control policy`. */
  readonly policy: string | null
}

/**
 * Reads the message of an AccessDenied (IAM User Guide, "Troubleshoot access denied error messages"). It is text for
 * people and may change: whatever cannot be read in it is null.
 */
export function denialOf(message: string): AwsDenial {
  const who = /\bUser: (arn:\S+)/.exec(message)?.[1] ?? null
  const action = /\bperform: ([a-z0-9-]+:[A-Za-z0-9*]+)/.exec(message)?.[1] ?? null
  const resource =
    /\bon resource: (.+?)(?: because | with an explicit deny|$)/.exec(message)?.[1]?.trim() ?? null
  const denied = /with an explicit deny(?: in an? ([a-z -]+?))?(?:[.:]|$)/.exec(message)
  if (denied !== null) return { who, action, resource, because: 'denied', policy: denied[1] ?? null }
  const missing = /because no ([a-z -]+?) allows/.exec(message)
  return {
    who,
    action,
    resource,
    because: missing === null ? 'unknown' : 'missing',
    policy: missing?.[1] ?? null,
  }
}
