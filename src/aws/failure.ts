import { type AwsDenial, denialOf } from '../model/aws/denial.ts'
import { printable } from '../model/identifier.ts'
import { type Problem, ProblemError } from '../model/problem.ts'

/** What a failure means for who made the call. */
export type AwsFailureKind =
  /** Not allowed: a matter for the cloud team. */
  | 'denied'
  /** Not carried out; in a moment it may be. */
  | 'throttled'
  | 'busy'
  | 'not-found'
  | 'exists'
  | 'limit'
  | 'malformed'
  /** Something else hangs on what is to be deleted. */
  | 'in-use'
  /** No credentials, or AWS takes them no more. */
  | 'credentials'
  /** Nobody was reached: nothing was carried out. */
  | 'unreachable'
  /** It may have been carried out: the answer did not come, or was an error of AWS itself. */
  | 'lost'
  | 'cancelled'
  | 'other'

/** A call that failed, with what it means. */
export class AwsFailure extends ProblemError {
  readonly kind: AwsFailureKind
  /** Only of `denied`, and only until it has become a request to the cloud team. */
  readonly denial: AwsDenial | null

  constructor(kind: AwsFailureKind, problem: Problem, denial: AwsDenial | null, options?: ErrorOptions) {
    super(problem, options)
    this.name = 'AwsFailure'
    this.kind = kind
    this.denial = denial
  }
}

/** Whether the failure says that nothing was carried out. */
export function isRefusal({ kind }: AwsFailure): boolean {
  switch (kind) {
    case 'lost':
    case 'cancelled':
    case 'other':
      return false
    default:
      return true
  }
}

/** A denial that has become a request: the problem's next step is to send it. */
export function asRequest(failure: AwsFailure, request: readonly string[]): AwsFailure {
  const next = ['To the cloud team:', ...request].join('\n')
  return new AwsFailure('denied', { ...failure.problem, next }, null, { cause: failure })
}

/** The failure that something thrown by the SDK stands for; a problem of ours stays as it is told. */
export function awsFailureOf(thrown: unknown): AwsFailure {
  if (thrown instanceof AwsFailure) return thrown
  if (thrown instanceof ProblemError) {
    const kind = thrown.problem.code === 'cancelled' ? 'cancelled' : 'other'
    return new AwsFailure(kind, thrown.problem, null, { cause: thrown })
  }
  const { name, message, status, code } = partsOf(thrown)
  const kind = kindOf(name, status, code)
  const problem: Problem = {
    // For who asks how a run ended, a cancel is one wherever it came.
    code: kind === 'cancelled' ? 'cancelled' : `aws-${kind}`,
    message: wordsFor(kind, name, printable(message)),
    ...nextFor(kind, name, message),
  }
  return new AwsFailure(kind, problem, kind === 'denied' ? denialOf(message) : null, { cause: thrown })
}

function kindOf(name: string, status: number | null, code: string): AwsFailureKind {
  const known = kinds[name]
  if (known !== undefined) return known
  if (unreached.has(code) || unreached.has(name)) return 'unreachable'
  if (lost.has(code) || lost.has(name)) return 'lost'
  if (/^(CredentialsProviderError|TokenProviderError|ProviderError)$/.test(name)) return 'credentials'
  if (/AccessDenied|NotAuthorized|UnauthorizedOperation/.test(name)) return 'denied'
  if (/Thrott|RequestLimitExceeded|TooManyRequests/.test(name)) return 'throttled'
  if (status !== null && status >= 500) return 'lost'
  return 'other'
}

/** Codes of the IAM, STS and RDS API References; the SDK gives most of them the names of their shapes. */
const kinds: Readonly<Record<string, AwsFailureKind>> = {
  AccessDenied: 'denied',
  AccessDeniedException: 'denied',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  NoSuchEntityException: 'not-found',
  DBInstanceNotFoundFault: 'not-found',
  DBClusterNotFoundFault: 'not-found',
  EntityAlreadyExistsException: 'exists',
  LimitExceededException: 'limit',
  MalformedPolicyDocumentException: 'malformed',
  PackedPolicyTooLargeException: 'malformed',
  InvalidInputException: 'malformed',
  ValidationError: 'malformed',
  InvalidParameterValue: 'malformed',
  InvalidParameterCombination: 'malformed',
  DeleteConflictException: 'in-use',
  ConcurrentModificationException: 'busy',
  EntityTemporarilyUnmodifiableException: 'busy',
  InvalidDBInstanceStateFault: 'busy',
  InvalidDBClusterStateFault: 'busy',
  ServiceUnavailable: 'lost',
  ServiceFailureException: 'lost',
  InternalFailure: 'lost',
  ExpiredToken: 'credentials',
  ExpiredTokenException: 'credentials',
  RequestExpired: 'credentials',
  InvalidClientTokenId: 'credentials',
  UnrecognizedClientException: 'credentials',
  MissingAuthenticationToken: 'credentials',
  SignatureDoesNotMatch: 'credentials',
  IncompleteSignature: 'credentials',
  OptInRequired: 'credentials',
  AbortError: 'cancelled',
}

const unreached: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])
const lost: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'TimeoutError'])

function wordsFor(kind: AwsFailureKind, name: string, message: string): string {
  switch (kind) {
    case 'denied':
      return `AWS does not allow it: ${message}`
    case 'credentials':
      return `AWS does not take these credentials, or there are none: ${message}`
    case 'unreachable':
      return `AWS could not be reached: ${message}`
    case 'lost':
      return `AWS did not answer as it should (${name}: ${message}); the call may have been carried out.`
    case 'cancelled':
      return 'Cancelled.'
    case 'throttled':
      return `AWS is asked too often at the moment: ${message}`
    default:
      return `AWS refused it (${name}): ${message}`
  }
}

function nextFor(kind: AwsFailureKind, name: string, message: string): { readonly next?: string } {
  switch (kind) {
    case 'denied':
      return { next: 'Ask whoever administers the account; the request is written for you.' }
    case 'credentials':
      return { next: credentialsNext(name, message) }
    case 'unreachable':
      return { next: 'Look whether this machine reaches AWS: network, proxy, region.' }
    case 'throttled':
      return { next: 'Wait a minute, then run it again: it goes on where it was.' }
    case 'lost':
      return { next: 'Run it again: it looks first what is there.' }
    case 'limit':
      return { next: 'Have the quota of the account raised, or delete what is not used any more.' }
    case 'in-use':
      return { next: 'Something else hangs on it. Take that away first, if it may go.' }
    case 'busy':
      return { next: 'Another change is under way. Wait until it is done, then run it again.' }
    default:
      return {}
  }
}

function credentialsNext(name: string, message: string): string {
  if (/sso login/i.test(message)) return 'Run that, then begin again.'
  if (/MFA|multi-factor/i.test(message)) return 'Run this in a terminal, where the code can be asked for.'
  if (/^(ExpiredToken|RequestExpired)/.test(name))
    return 'Get new ones (for SSO: aws sso login), or set the clock of this machine, then begin again.'
  return 'Choose a profile, or set the environment as for the aws command: aws sts get-caller-identity shows whether it works.'
}

function partsOf(thrown: unknown): {
  readonly name: string
  readonly message: string
  readonly status: number | null
  readonly code: string
} {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown), status: null, code: '' }
  const { $metadata: metadata, code } = thrown as Error & {
    readonly $metadata?: { readonly httpStatusCode?: number }
    readonly code?: unknown
  }
  return {
    name: thrown.name,
    message: thrown.message === '' ? thrown.name : thrown.message,
    status: metadata?.httpStatusCode ?? null,
    code: typeof code === 'string' ? code : '',
  }
}
