import type { Account, PolicyState, RoleState, UserState } from './account.ts'
import { errors, refuse } from './api-error.ts'
import type { Action, Parameters } from './iam-actions.ts'
import type { Xml } from './xml.ts'

/** A policy, role or user as those see it who are not yet told of its last change; null where it was not there. */
interface Former {
  readonly was: PolicyState | RoleState | UserState | null
  readonly looks: number
  /** How often each action has seen it; of what was not there, all actions together. */
  readonly seen: Map<string, number>
}

/** What a call is about: a kind of the account's things, and a key in it. */
interface About {
  readonly kind: 'policies' | 'roles' | 'users'
  readonly key: string
}

/** Carries actions of IAM out so that a change is seen only after some looks. */
export interface DelayedVisibility {
  /** @param looks how often a look is answered as before this change, if it is one */
  carryOut(
    account: Account,
    call: { readonly action: string; readonly parameters: Parameters },
    looks: number,
    action: Action,
  ): Xml
}

/**
 * IAM is seen everywhere only after a while (IAM User Guide, "Changes that I make are not always immediately visible"):
 * what was just made is not found, also by who would change it; keys, attachments, versions, trust and boundaries are
 * listed as before; what was deleted is still there.
 */
export function delayedVisibility(): DelayedVisibility {
  const formers = new Map<string, Former>()
  return {
    carryOut(account, { action: name, parameters }, looks, action) {
      const about = aboutOf(account, name, parameters)
      const isLook = /^(Get|List)/.test(name)
      const hidden = makes.has(name) ? [] : about.filter(each => isHidden(formers, each))
      for (const { key } of hidden) refuse(errors.noSuchEntity(key))
      if (isLook) return action(asBefore(account, about, name, formers), parameters)
      const [changed] = about
      const was =
        changed === undefined ? null : structuredClone(account[changed.kind].get(changed.key) ?? null)
      const result = action(account, parameters)
      if (changed !== undefined && looks > 0) formers.set(idOf(changed), { was, looks, seen: new Map() })
      return result
    },
  }
}

const makes: ReadonlySet<string> = new Set(['CreatePolicy', 'CreateRole', 'CreateUser'])

/** What the call changes or looks at first, then what else it names. */
function aboutOf(account: Account, action: string, parameters: Parameters): readonly About[] {
  const role = parameters.get('RoleName')
  const user = parameters.get('UserName')
  const made = `arn:${account.partition}:iam::${account.id}:policy${parameters.get('Path') ?? '/'}${parameters.get('PolicyName')}`
  const policy = action === 'CreatePolicy' ? made : parameters.get('PolicyArn')
  return [
    ...(role === undefined ? [] : [{ kind: 'roles' as const, key: role }]),
    ...(user === undefined ? [] : [{ kind: 'users' as const, key: user }]),
    ...(policy === undefined ? [] : [{ kind: 'policies' as const, key: policy }]),
  ]
}

/** Whether it was made a moment ago and is not found yet; that counts as a look. */
function isHidden(formers: Map<string, Former>, about: About): boolean {
  const former = formers.get(idOf(about))
  if (former === undefined || former.was !== null) return false
  return isSeenAsBefore(former, 'any')
}

/** The account as this look finds it. */
function asBefore(
  account: Account,
  about: readonly About[],
  action: string,
  formers: Map<string, Former>,
): Account {
  const seen = {
    ...account,
    policies: new Map(account.policies),
    roles: new Map(account.roles),
    users: new Map(account.users),
  }
  for (const each of about) {
    const former = formers.get(idOf(each))
    if (former?.was == null || !isSeenAsBefore(former, action)) continue
    const things: Map<string, unknown> = seen[each.kind]
    things.set(each.key, former.was)
  }
  return seen
}

function isSeenAsBefore({ looks, seen }: Former, action: string): boolean {
  const count = seen.get(action) ?? 0
  if (count >= looks) return false
  seen.set(action, count + 1)
  return true
}

function idOf({ kind, key }: About): string {
  return `${kind} ${key}`
}
