import type { AwsCall } from '../../model/aws/call.ts'
import { printable } from '../../model/identifier.ts'
import { shellQuote } from '../../model/shell-quote.ts'
import { flagCall, putBoundary } from '../aws/calls.ts'
import { documentText } from '../aws/documents.ts'
import type { WholeAws } from '../aws/whole.ts'
import { cliCommand } from './aws-cli-command.ts'

/**
 * The AWS part as a script for AWS CLI 2 and bash, for whoever may run it. It looks before it makes, so it can be run
 * again; what is there without our tag is left alone, and ends it. A key is written to a file of the caller's choice,
 * for its owner alone, and nowhere else.
 */
export function renderAwsCli(whole: WholeAws): string {
  const { plan } = whole
  const parts = [
    header(whole),
    settings(whole),
    functions,
    ...(whole.flag === null ? [] : [flagPart(whole.flag)]),
    policyPart(whole),
    principalPart(whole),
    ...(plan.principal.kind === 'user' ? [keyPart(whole)] : []),
    lastPart(whole),
  ]
  return `${parts.join('\n\n')}\n`
}

function header({ tool, login, plan }: WholeAws): string {
  const isUser = plan.principal.kind === 'user'
  return [
    '#!/usr/bin/env bash',
    comment(
      `pg-usher: lets ${tool} log in to ${plan.target.resourceId} as ${login} with IAM database authentication.`,
    ),
    comment('For AWS CLI 2. It can be run again: it looks first what is there.'),
    ...(isUser
      ? [comment('Usage: bash THIS_FILE KEY_FILE (the new access key is written to KEY_FILE)')]
      : []),
    ...plan.notes.map(note => comment(`${note.level === 'warning' ? 'Warning: ' : ''}${note.text}`)),
    'set -euo pipefail',
  ].join('\n')
}

function settings({ plan, name, owner }: WholeAws): string {
  const { target, policyArn } = plan
  return [
    `export AWS_DEFAULT_REGION=${shellQuote(target.region)} AWS_REGION=${shellQuote(target.region)} AWS_PAGER=''`,
    `account=${shellQuote(target.account)}`,
    `name=${shellQuote(name)}`,
    `policy=${shellQuote(policyArn)}`,
    `owner=${shellQuote(owner.value)}`,
  ].join('\n')
}

const functions = `stop() { printf '%s\\n' "$1" >&2; exit 1; }

# Whether a command that looks finds something; any other failure than "not there" ends the script.
there() {
  local errors
  if errors="$("$@" 2>&1 >/dev/null)"; then return 0; fi
  case "$errors" in
    *NoSuchEntity*) return 1 ;;
    *) stop "$errors" ;;
  esac
}

# What carries no tag of pg-usher, or that of another login, is left alone.
ours() {
  local tag
  tag="$("$@" --output text)"
  [ "$tag" = "$owner" ] || stop "$name is there already, and pg-usher did not make it for this login (tag: $tag)."
}

# A document without its whitespace: as it was sent.
compact() { tr -d ' \\n\\r\\t'; }

found="$(aws sts get-caller-identity --query Account --output text)"
[ "$found" = "$account" ] || stop "These credentials are of the account $found, not of $account."`

function flagPart(flag: NonNullable<WholeAws['flag']>): string {
  const isCluster = flag.database === 'cluster'
  const kind = isCluster ? 'db-cluster' : 'db-instance'
  const list = isCluster ? 'DBClusters' : 'DBInstances'
  const describe = `aws rds describe-${kind}s --${kind}-identifier ${shellQuote(flag.identifier)}`
  return [
    comment('The flag, and with it everything that waits for the maintenance window.'),
    `flag() { ${describe} --query '${list}[0].[IAMDatabaseAuthenticationEnabled,${isCluster ? 'Status' : 'DBInstanceStatus'}]' --output text | tr '\\t' ' '; }`,
    `case "$(flag)" in True*) ;; *) ${cliCommand(flagCall(flag, true))} >/dev/null ;; esac`,
    'for _ in $(seq 180); do',
    '  [ "$(flag)" = "True available" ] && break',
    '  sleep 5',
    'done',
    `[ "$(flag)" = "True available" ] || stop ${shellQuote(`${flag.identifier} is still being modified: run this again later.`)}`,
  ].join('\n')
}

function policyPart({ tool, path, policy, owner, tags, name, plan }: WholeAws): string {
  const create: AwsCall = {
    service: 'iam',
    action: 'CreatePolicy',
    input: {
      PolicyName: name,
      Path: path,
      PolicyDocument: policy,
      Description: `Lets ${tool} log in as one user of one database.`,
      Tags: [owner, ...tags].map(({ key, value }) => ({ Key: key, Value: value })),
    },
  }
  const version: AwsCall = {
    service: 'iam',
    action: 'CreatePolicyVersion',
    input: { PolicyArn: plan.policyArn, PolicyDocument: policy, SetAsDefault: true },
  }
  const versions = '[length(Versions), sort_by(Versions[?!IsDefaultVersion], &CreateDate)[0].VersionId]'
  return [
    comment('The policy: to log in as one user of one database.'),
    `document=${shellQuote(documentText(policy))}`,
    'if there aws iam get-policy --policy-arn "$policy"; then',
    `  ours aws iam get-policy --policy-arn "$policy" --query ${tagQuery('Policy')}`,
    '  version="$(aws iam get-policy --policy-arn "$policy" --query Policy.DefaultVersionId --output text)"',
    '  now="$(aws iam get-policy-version --policy-arn "$policy" --version-id "$version" --query PolicyVersion.Document --output json | compact)"',
    '  if [ "$now" != "$document" ]; then',
    `    ${comment('A policy has five versions at most: the oldest that is not in force goes.')}`,
    `    versions="$(aws iam list-policy-versions --policy-arn "$policy" --query ${shellQuote(versions)} --output text)"`,
    '    read -r count oldest <<< "$versions"',
    '    [ "$count" -lt 5 ] || aws iam delete-policy-version --policy-arn "$policy" --version-id "$oldest"',
    `    ${cliCommand(version)} >/dev/null`,
    '  fi',
    'else',
    `  ${cliCommand(create)} >/dev/null`,
    '  aws iam wait policy-exists --policy-arn "$policy"',
    'fi',
  ].join('\n')
}

function principalPart(whole: WholeAws): string {
  const { name, path, trust, boundary, owner, tags, tool } = whole
  const Tags = [owner, ...tags].map(({ key, value }) => ({ Key: key, Value: value }))
  const bound = boundary === null ? {} : { PermissionsBoundary: boundary }
  if (trust === null) {
    const create: AwsCall = {
      service: 'iam',
      action: 'CreateUser',
      input: { UserName: name, Path: path, ...bound, Tags },
    }
    return [
      comment('The user, who can do nothing else.'),
      'if there aws iam get-user --user-name "$name"; then',
      `  ours aws iam get-user --user-name "$name" --query ${tagQuery('User')}`,
      ...boundaryPart(whole, 'user'),
      'else',
      `  ${cliCommand(create)} >/dev/null`,
      '  aws iam wait user-exists --user-name "$name"',
      'fi',
      'aws iam attach-user-policy --user-name "$name" --policy-arn "$policy"',
    ].join('\n')
  }
  const create: AwsCall = {
    service: 'iam',
    action: 'CreateRole',
    input: {
      RoleName: name,
      Path: path,
      AssumeRolePolicyDocument: trust,
      Description: `${tool} assumes it to log in to one database.`,
      ...bound,
      Tags,
    },
  }
  return [
    comment(
      whole.vendor === null
        ? 'The role. Nobody may assume it until the vendor is known: then export this again.'
        : 'The role that the vendor assumes.',
    ),
    `trust=${shellQuote(documentText(trust))}`,
    'if there aws iam get-role --role-name "$name"; then',
    `  ours aws iam get-role --role-name "$name" --query ${tagQuery('Role')}`,
    ...(whole.vendor === null
      ? []
      : [
          '  now="$(aws iam get-role --role-name "$name" --query Role.AssumeRolePolicyDocument --output json | compact)"',
          '  [ "$now" = "$trust" ] || aws iam update-assume-role-policy --role-name "$name" --policy-document "$trust"',
        ]),
    ...boundaryPart(whole, 'role'),
    'else',
    `  ${cliCommand(create)} >/dev/null`,
    '  aws iam wait role-exists --role-name "$name"',
    'fi',
    'aws iam attach-role-policy --role-name "$name" --policy-arn "$policy"',
  ].join('\n')
}

/** For what is there already. Where none is asked for it stays as it is: whoever set one meant it. */
function boundaryPart({ boundary, name }: WholeAws, kind: 'role' | 'user'): readonly string[] {
  if (boundary === null) return []
  const of = kind === 'role' ? 'Role' : 'User'
  const put = cliCommand(putBoundary(kind === 'role' ? { role: name } : { user: name }, boundary))
  return [
    `  now="$(aws iam get-${kind} --${kind}-name "$name" --query ${of}.PermissionsBoundary.PermissionsBoundaryArn --output text)"`,
    `  [ "$now" = ${shellQuote(boundary)} ] || ${put}`,
  ]
}

function keyPart({ name }: WholeAws): string {
  return [
    comment('The access key. Its secret is given once: it goes to a new file that only you can read.'),
    'if [ "$#" -eq 0 ]; then',
    `  stop ${shellQuote(`All but the access key of ${name} is made. To make that too, name a new file for it: bash THIS_FILE KEY_FILE`)}`,
    'fi',
    '( umask 077; set -o noclobber; : > "$1" ) || stop "$1 is there already, or cannot be written."',
    'aws iam create-access-key --user-name "$name" --output json > "$1"',
  ].join('\n')
}

function lastPart({ plan, trust }: WholeAws): string {
  return trust === null
    ? 'printf \'The access key is in %s. Move it to where secrets are kept.\\n\' "$1"'
    : `printf 'The role is %s\\n' ${shellQuote(plan.principal.arn)}`
}

function tagQuery(of: 'Policy' | 'Role' | 'User'): string {
  return shellQuote(`${of}.Tags[?Key=='pg-usher'] | [0].Value`)
}

function comment(text: string): string {
  return `# ${printable(text)}`
}
