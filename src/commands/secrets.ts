import { setTimeout as wait } from 'node:timers/promises'
import { stateFolder } from '../engine/state-folder.ts'
import { type ExitCode, exitCodes } from '../model/exit-code.ts'
import { printable, printableName } from '../model/identifier.ts'
import { ProblemError } from '../model/problem.ts'
import { redacted } from '../model/redact.ts'
import { reveal, type Secret } from '../model/secret.ts'
import { type IndexedSecret, indexedSecrets } from '../secrets/secret-index.ts'
import type { SecretStore } from '../secrets/store.ts'
import { withWholePaths } from '../secrets/whole-paths.ts'
import { osc52Secret, throughTmux } from '../terminal/clipboard.ts'
import type { CommandIo, RunCommand } from './support/command-io.ts'
import type { SecretsOptions } from './support/command-line.ts'
import { commandStore } from './support/command-store.ts'
import { findSecret } from './support/find-secret.ts'
import { jsonText } from './support/json-text.ts'
import { isSamePlace, moveSecret } from './support/move-secret.ts'
import { askLine, canAsk } from './support/prompt.ts'
import { Refusal, refusalOf } from './support/refusal.ts'
import { problemText } from './support/report-problem.ts'
import { keyOrTime, withSecretScreen } from './support/secret-screen.ts'
import { secretsText } from './support/text/secrets-text.ts'

/** How long a secret is on the screen or in a clipboard, in milliseconds. */
const shownFor = 30_000

/** Lists, shows, copies, deletes and moves what pg-usher has stored. */
export const run: RunCommand<SecretsOptions> = async (options, io) => {
  try {
    const folder = stateFolder(io.env)
    switch (options.action) {
      case 'list':
        return await list(options, folder, io)
      case 'show':
        return await show(await found(options, folder, io), io)
      case 'copy':
        return await copy(await found(options, folder, io), io)
      case 'delete':
        return await remove(await found(options, folder, io), io)
      case 'move':
        return await move(await found(options, folder, io), options, io)
    }
  } catch (thrown) {
    const refusal = refusalOf(thrown)
    if (refusal === null) throw thrown
    io.stderr.write(problemText(refusal.problems))
    return refusal.code
  }
}

interface FoundSecret {
  readonly noted: IndexedSecret
  readonly store: SecretStore
}

async function found(
  choice: Extract<SecretsOptions, { readonly account: string }>,
  folder: string,
  io: CommandIo,
): Promise<FoundSecret> {
  const noted = await findSecret(folder, choice)
  return { noted, store: await storeOf(noted, io) }
}

function storeOf({ answer }: IndexedSecret, io: CommandIo): Promise<SecretStore> {
  return commandStore(answer, io, { terminal: true, signal: io.signal })
}

async function list(
  { json }: Extract<SecretsOptions, { readonly action: 'list' }>,
  folder: string,
  io: CommandIo,
): Promise<ExitCode> {
  const noted = await indexedSecrets(folder)
  const listed = await Promise.all(noted.map(async each => ({ ...each, store: await storeOf(each, io) })))
  if (json) {
    const secrets = listed.map(({ account, answer, at, entry, store }) => ({
      account,
      store: answer.store,
      place: store.place,
      at,
      howToRead: store.howToRead(entry),
    }))
    io.stdout.write(jsonText({ secrets }))
  } else io.stdout.write(redacted(`${secretsText(listed, folder).join('\n')}\n`))
  return exitCodes.done
}

async function show({ noted, store }: FoundSecret, io: CommandIo): Promise<ExitCode> {
  checkTerminal(io, 'A secret is shown on a terminal only.')
  const value = await readOrThrow(noted, store)
  const lines = [
    printable(noted.account),
    '',
    `  ${printable(reveal(value))}`,
    '',
    `Any key hides it; it hides itself after ${shownFor / 1000} seconds.`,
  ]
  await withSecretScreen(io, lines, () => keyOrTime(io, shownFor))
  return exitCodes.done
}

async function copy({ noted, store }: FoundSecret, io: CommandIo): Promise<ExitCode> {
  checkTerminal(io, 'A secret is sent to the clipboard of a terminal only.')
  const value = await readOrThrow(noted, store)
  const sequence = osc52Secret(reveal(value), io.env)
  const blank = osc52Secret(' ', io.env)
  if (sequence === null || blank === null)
    throw new ProblemError({
      code: 'no-clipboard',
      message: 'This terminal has no clipboard that could be written, or the secret is too long for it.',
      next: `pg-usher secrets show, or: ${store.howToRead(noted.entry)}`,
    })
  io.stdout.write(sequence)
  io.stderr.write(
    `Sent to your terminal's clipboard; whether it took it cannot be seen from here${throughTmux(io.env)}.\nIn ${shownFor / 1000} seconds a blank is sent after it. Ctrl-C sends it now.\n`,
  )
  try {
    await wait(shownFor, undefined, { signal: io.signal })
  } catch {
    // Ctrl-C: the blank goes out now.
  } finally {
    io.stdout.write(blank)
  }
  io.stderr.write('The blank was sent.\n')
  return exitCodes.done
}

async function remove({ noted, store }: FoundSecret, io: CommandIo): Promise<ExitCode> {
  if (!canAsk(io)) throw new Refusal([nobodyToAsk])
  const { user } = noted.entry
  io.stderr.write(
    `${printable(noted.account)}, in ${store.place}.\nThe login keeps its password on the server; if this is the only copy, nobody knows it any more.\n`,
  )
  const typed = await askLine(io, `Type ${printableName(user)} to delete it: `)
  if (typed.trim() !== user && typed.trim() !== printableName(user)) {
    io.stderr.write('Nothing was deleted.\n')
    return exitCodes.cancelled
  }
  const existed = await store.remove(noted.entry)
  io.stdout.write(
    existed
      ? `Deleted from ${store.place}.\n`
      : `It was not in ${store.place} any more; it is off the list now.\n`,
  )
  return exitCodes.done
}

async function move(
  { noted, store }: FoundSecret,
  { to }: Extract<SecretsOptions, { readonly action: 'move' }>,
  io: CommandIo,
): Promise<ExitCode> {
  const answer = withWholePaths(to)
  if (isSamePlace(answer, noted.answer)) throw new Refusal([samePlace(store)])
  const target = await commandStore(answer, io, { terminal: true, signal: io.signal })
  await moveSecret(store, target, noted.entry)
  io.stdout.write(
    redacted(
      [
        `Moved from ${store.place} to ${target.place}.`,
        `To read it: ${target.howToRead(noted.entry)}`,
        `In the answers file that made it, so that rotate and verify find it: "secret": ${JSON.stringify(answer)}`,
        '',
      ].join('\n'),
    ),
  )
  return exitCodes.done
}

async function readOrThrow(noted: IndexedSecret, store: SecretStore): Promise<Secret> {
  const value = await store.read(noted.entry)
  if (value !== null) return value
  throw new ProblemError({
    code: 'secret-gone',
    message: `${printable(noted.account)} is not in ${store.place} any more.`,
    next: 'pg-usher secrets delete takes it off the list.',
  })
}

function checkTerminal(io: CommandIo, message: string): void {
  if (io.stdin.isTTY === true && io.stdout.isTTY === true) return
  throw new Refusal([
    {
      code: 'no-terminal',
      message,
      next: 'pg-usher secrets list says how to read it without pg-usher.',
    },
  ])
}

const nobodyToAsk = {
  code: 'nobody-to-ask',
  message: 'There is no terminal to ask on whether it is to be deleted.',
  next: 'Run it in a terminal, where the name of the login has to be typed. pg-usher secrets list says where it is, to delete it there by hand.',
}

function samePlace({ place }: SecretStore) {
  return { code: 'same-place', message: `It is in ${place} already.` }
}
