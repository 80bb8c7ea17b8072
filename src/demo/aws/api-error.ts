/** An error as the APIs give it. */
export interface ApiError {
  readonly status: number
  readonly code: string
  readonly message: string
}

/** Thrown by an action to answer with an error. */
export class ApiRefusal extends Error {
  readonly error: ApiError

  constructor(error: ApiError) {
    super(error.message)
    this.error = error
  }
}

/** The errors that the stand-in gives; status and code as in the service models. */
export const errors = {
  noSuchEntity: (what: string) => ({
    status: 404,
    code: 'NoSuchEntity',
    message: `${what} cannot be found.`,
  }),
  exists: (what: string) => ({
    status: 409,
    code: 'EntityAlreadyExists',
    message: `${what} already exists.`,
  }),
  limit: (message: string) => ({ status: 409, code: 'LimitExceeded', message }),
  malformed: (message: string) => ({ status: 400, code: 'MalformedPolicyDocument', message }),
  conflict: (message: string) => ({ status: 409, code: 'DeleteConflict', message }),
  invalidInput: (message: string) => ({ status: 400, code: 'InvalidInput', message }),
  validation: (message: string) => ({ status: 400, code: 'ValidationError', message }),
  throttling: { status: 400, code: 'Throttling', message: 'Rate exceeded' },
  unavailable: { status: 503, code: 'ServiceUnavailable', message: 'Service is unavailable' },
  serviceFailure: { status: 500, code: 'ServiceFailure', message: 'The request processing has failed.' },
  concurrent: {
    status: 409,
    code: 'ConcurrentModification',
    message: 'The request was rejected because multiple requests were submitted simultaneously.',
  },
  temporarilyUnmodifiable: {
    status: 409,
    code: 'EntityTemporarilyUnmodifiable',
    message: 'The entity is temporarily unmodifiable. Try again.',
  },
  expired: {
    status: 403,
    code: 'ExpiredToken',
    message: 'The security token included in the request is expired',
  },
  invalidToken: {
    status: 403,
    code: 'InvalidClientTokenId',
    message: 'The security token included in the request is invalid.',
  },
  instanceNotFound: (name: string) => ({
    status: 404,
    code: 'DBInstanceNotFound',
    message: `DBInstance ${name} not found.`,
  }),
  clusterNotFound: (name: string) => ({
    status: 404,
    code: 'DBClusterNotFoundFault',
    message: `DBCluster ${name} not found.`,
  }),
  instanceState: (name: string) => ({
    status: 400,
    code: 'InvalidDBInstanceState',
    message: `Database instance ${name} is not in available state.`,
  }),
  /** As IAM words it (IAM User Guide, "Troubleshoot access denied error messages"). */
  denied: (
    caller: string,
    action: string,
    resource: string,
    because = `because no identity-based policy allows the ${action} action`,
  ) => ({
    status: 403,
    code: 'AccessDenied',
    message: `User: ${caller} is not authorized to perform: ${action} on resource: ${resource} ${because}`,
  }),
} as const

/** @throws ApiRefusal */
export function refuse(error: ApiError): never {
  throw new ApiRefusal(error)
}
