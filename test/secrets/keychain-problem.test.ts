import { describe, expect, it } from 'vitest'
import { keychainProblem } from '../../src/secrets/keychain-problem.ts'

const problemOf = (message: string) => keychainProblem({ outcome: 'failed', message })

// As documented, not as met: Apple's "Security Framework Result Codes" (SecCopyErrorMessageString), Microsoft's
// "System Error Codes" (FormatMessage).
describe('what the keychains of macOS and Windows say', () => {
  it.each([
    ['User interaction is not allowed.', 'keychain-locked', 'security unlock-keychain'],
    [
      'The user name or passphrase you entered is not correct.',
      'keychain-locked',
      'security unlock-keychain',
    ],
    [
      'A default keychain could not be found.',
      'keychain-no-login-keyring',
      'security create-keychain login.keychain',
    ],
    [
      'No keychain is available. You may need to restart your computer.',
      'keychain-no-login-keyring',
      'security default-keychain',
    ],
    ['User canceled the operation.', 'keychain-dismissed', 'Try again'],
    [
      'A specified logon session does not exist. It may already have been terminated.',
      'keychain-no-session',
      'session at the desktop',
    ],
    ['The RPC server is unavailable.', 'keychain-no-provider', 'Start-Service VaultSvc'],
    [
      'The service cannot be started, either because it is disabled or because it has no enabled devices associated with it.',
      'keychain-no-provider',
      'Start-Service VaultSvc',
    ],
  ])('%s', (message, code, next) => {
    expect(problemOf(message)).toMatchObject({ code, next: expect.stringContaining(next) })
    expect(problemOf(message).next).toContain('another place')
  })

  it('is told as it is where it is not known', () => {
    expect(problemOf('The moon is full.')).toMatchObject({
      code: 'keychain-failed',
      message: 'The keychain refused: The moon is full.',
    })
  })
})
