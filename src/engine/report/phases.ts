import type { Phase } from '../events.ts'

/** What a run does in each of its parts: while it does it, and when it is done. */
export const phaseWords: Readonly<Record<Phase, { readonly doing: string; readonly done: string }>> = {
  knock: {
    doing: 'asking whether the new login will be let in from here',
    done: 'Knocked at the door with the planned name',
  },
  secret: { doing: 'storing the password and reading it back', done: 'Password made, stored and read back' },
  roles: { doing: 'making the roles, not able to log in yet', done: 'Roles, not able to log in' },
  database: { doing: 'granting', done: 'Grants' },
  probe: { doing: 'trying what the login reaches', done: 'Tried as the new role' },
  login: { doing: 'opening the login', done: 'Login opened for some minutes' },
  'iam-login': {
    doing: 'letting the login in by tokens of AWS IAM',
    done: 'Login let in by tokens of AWS IAM, and by nothing else',
  },
  proof: {
    doing: 'logging in as the new user, trying what it reaches',
    done: 'Logged in as the new user and tried what it reaches',
  },
  'assumed-proof': {
    doing: 'trying what the new user reaches, without logging in',
    done: 'Tried what the new user reaches, without logging in',
  },
  door: { doing: 'letting the tool in at the door: pg_hba.conf', done: 'pg_hba.conf lets the tool in' },
  listen: {
    doing: 'setting where the server listens from its next restart on',
    done: 'listen_addresses set, for the next restart',
  },
  end: { doing: 'setting how long the login is valid', done: 'Login given its chosen end' },
  undo: { doing: 'taking back what was changed', done: 'Taking everything back' },
}
