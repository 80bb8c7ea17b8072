// As a namespace: so the bundle leaves out the languages that nothing asks for.
import * as z from 'zod'
import { serviceNameProblem } from './service-stanza.ts'

const text = (description: string) => z.string().min(1).describe(description)

/** Where a password goes: a part of the answers, of a receipt, and of what is remembered. Never the password. */
export const secretAnswerSchema = z
  .discriminatedUnion('store', [
    z.strictObject({ store: z.literal('keychain') }),
    z.strictObject({ store: z.literal('pass') }),
    z.strictObject({
      store: z.literal('passfile'),
      path: text('The file, in the format of .pgpass.'),
      service: text('A name for pg_service.conf, so that psql service=NAME works.')
        .superRefine((name, context) => {
          const problem = name === '' ? null : serviceNameProblem(name)
          if (problem !== null)
            context.addIssue({ code: 'custom', message: problem.message, params: { problem } })
        })
        .optional(),
    }),
    z.strictObject({
      store: z.literal('age'),
      folder: text('The folder for files that age encrypts, one a secret.'),
      recipient: text(
        'A public key, age1...; with a passphrase, which is asked for, if left out.',
      ).optional(),
      identity: text("A file with the recipient's private key, to read with.").optional(),
    }),
    z.strictObject({ store: z.literal('aws-credentials') }),
    z.strictObject({ store: z.literal('show-once') }),
  ])
  .describe('Where the password goes. The password itself is never in this document.')
