import type { Secret } from '../model/secret.ts'
import type { KeyPairStore, ProfileEntry, SecretEntry, SecretStore } from './store.ts'

/**
 * The credentials file as the place for the secret of an access key, whose entry has the key's id as its user and the
 * name of the user in IAM in the place of a database: one profile a user of IAM, with its name. It is no place for
 * passwords, which the plan sees to.
 */
export function accessKeySecrets(pairs: KeyPairStore): SecretStore {
  const read = async (entry: SecretEntry): Promise<Secret | null> => {
    const pair = await pairs.read(profileOf(entry))
    return pair?.id === entry.user ? pair.secret : null
  }
  return {
    kind: pairs.kind,
    place: pairs.place,
    // The key is not there yet, so its profile cannot be tried: any other stands for it.
    probe: signal => pairs.probe(signal),
    save: (entry, secret) => pairs.save(profileOf(entry), { id: entry.user, secret }),
    read,
    has: async entry => (await read(entry)) !== null,
    remove: async entry => ((await read(entry)) === null ? false : pairs.remove(profileOf(entry))),
    howToRead: entry => pairs.howToRead(profileOf(entry)),
  }
}

function profileOf({ databases: [user = ''] }: SecretEntry): ProfileEntry {
  return { profile: user }
}
