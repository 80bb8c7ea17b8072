import { describe, expect, it } from 'vitest'
import { unprivilegedAccount } from '../../src/demo/server-account.ts'

describe('the account for a server of root', () => {
  it('is nobody where there is a nobody', () => {
    const debian = 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/x\nnobody:x:65534:65534:nobody:/x:/x\n'
    expect(unprivilegedAccount(debian)).toEqual({ name: 'nobody', uid: 65534, gid: 65534 })
  })

  it('is another that owns nothing where there is none', () => {
    expect(unprivilegedAccount('root:x:0:0::/:/x\npostgres:x:70:70::/:/x\ndaemon:x:2:2::/:/x')).toMatchObject(
      {
        name: 'daemon',
        uid: 2,
      },
    )
  })

  it('understands the negative number that macOS writes', () => {
    expect(
      unprivilegedAccount('# comment\nnobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false'),
    ).toEqual({
      name: 'nobody',
      uid: 4294967294,
      gid: 4294967294,
    })
  })

  it('is never root by another name', () => {
    expect(unprivilegedAccount('root:x:0:0::/:/x\nnobody:x:0:0::/:/x')).toBeNull()
  })
})
