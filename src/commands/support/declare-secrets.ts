import { type Command, Option } from 'commander'
import type { SecretAnswer } from '../../model/answers.ts'
import type { SecretsOptions } from './command-line.ts'

interface TypedPlace {
  readonly in?: string
  readonly to?: 'keychain' | 'pass' | 'passfile' | 'age'
  readonly file?: string
  readonly service?: string
  readonly folder?: string
  readonly recipient?: string
  readonly identity?: string
}

/** Declares `secrets` and what can be done with them. */
export function declareSecrets(program: Command, run: (options: SecretsOptions) => Promise<void>): void {
  const secrets = program
    .command('secrets')
    .description('what was stored where: list, show, copy, delete, move')
    .helpCommand(false)

  secrets
    .command('list')
    .description('what is stored where, and how to read it without pg-usher; no secret is read')
    .option('--json', 'one JSON document on standard output')
    .action((options: { json?: true }) => run({ action: 'list', json: options.json === true }))

  const named = (name: string, description: string) =>
    secrets
      .command(name)
      .description(description)
      .argument('<account>', 'as the list has it, or a part that only one has')
      .option('--in <store>', 'the kind of place, where it is in several: keychain, pass, passfile, age')

  for (const [action, description] of [
    ['show', 'show one on the terminal, for at most 30 seconds'],
    ['copy', 'send one to the clipboard of your own terminal (OSC 52), and a blank after 30 seconds'],
    ['delete', 'delete one from its place; its name has to be typed'],
  ] as const)
    named(action, description).action((account: string, options: TypedPlace) =>
      run({ action, account, in: options.in }),
    )

  const move = named('move', 'store one in another place, read it back there, then delete it in the old one')
    .addOption(
      new Option('--to <store>', 'the new place')
        .choices(['keychain', 'pass', 'passfile', 'age'])
        .makeOptionMandatory(),
    )
    .option('--file <file>', 'with passfile: the file')
    .option('--service <name>', 'with passfile: a stanza of this name for pg_service.conf')
    .option('--folder <dir>', 'with age: the folder')
    .option('--recipient <key>', 'with age: a public key, instead of a passphrase')
    .option('--identity <file>', 'with age: the private key of the recipient, to read with')
  move.action((account: string, options: TypedPlace) => {
    const to = placeOf(options)
    if (typeof to === 'string') return move.error(`pg-usher: ${to}`)
    return run({ action: 'move', account, in: options.in, to })
  })
}

/** The place as an answer, or what is missing. */
function placeOf(typed: TypedPlace): SecretAnswer | string {
  switch (typed.to) {
    case 'passfile': {
      if (typed.file === undefined) return '--to passfile wants --file'
      return typed.service === undefined
        ? { store: 'passfile', path: typed.file }
        : { store: 'passfile', path: typed.file, service: typed.service }
    }
    case 'age': {
      const { folder, recipient, identity } = typed
      if (folder === undefined) return '--to age wants --folder'
      if (identity !== undefined && recipient === undefined) return '--identity wants --recipient'
      return {
        store: 'age',
        folder,
        ...(recipient === undefined ? {} : { recipient }),
        ...(identity === undefined ? {} : { identity }),
      }
    }
    default:
      return { store: typed.to ?? 'keychain' }
  }
}
