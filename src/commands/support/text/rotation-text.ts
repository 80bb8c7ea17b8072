import type { RotationPlan } from '../../../engine/plan-rotation.ts'
import type { RotationOutcome, RotationPart } from '../../../engine/rotate.ts'
import { counted } from '../../../model/counted.ts'
import { printable, printableName } from '../../../model/identifier.ts'
import { paragraph } from './layout.ts'

/** What a rotation would do. */
export function rotationPlanText(
  plan: RotationPlan,
  { host, port, place }: { readonly host: string; readonly port: number; readonly place: string },
): string[] {
  const { login, validUntil, sessions, provable, unprovable } = plan
  const end = (instant: string | null) => instant ?? 'infinity'
  return [
    'Rotate',
    ...paragraph(`A new password for ${printableName(login)} on ${host} port ${port}.`, '  '),
    ...(plan.settleFirst
      ? paragraph(
          'A rotation was broken off after its password was set: first that one is put in its place.',
          '  0. ',
        )
      : []),
    ...paragraph(`It is stored in ${place}, beside the old one, and read back.`, '  1. '),
    ...paragraph('The server gets its SCRAM-SHA-256 verifier, never the password.', '  2. '),
    ...paragraph(
      provable.length === 0
        ? 'It cannot be tried from here, so the old one is kept too.'
        : `It is tried by logging in to ${provable.map(printableName).join(', ')}; if that fails, the old one is put back.`,
      '  3. ',
    ),
    ...paragraph("Then it takes the old one's place in the store.", '  4. '),
    ...paragraph(
      validUntil.from === validUntil.to
        ? `VALID UNTIL stays: ${end(validUntil.from)}.`
        : `VALID UNTIL is now ${end(validUntil.from)}, and becomes ${end(validUntil.to)}.`,
      '  ',
    ),
    ...paragraph(
      `${counted(sessions, 'session')} open: they go on. New ones fail until the tool has the new password; --no-gap avoids that with a second login.`,
      '  ',
    ),
    ...unprovable.flatMap(({ database, problem }) =>
      paragraph(`${printableName(database)}: not to be tried from here: ${problem.message}`, '  Note: '),
    ),
    ...plan.notes.flatMap(text => paragraph(text, '  Note: ')),
  ]
}

/** How it ended. The problem itself is said apart. */
export function rotationOutcomeText(outcome: RotationOutcome, howToRead: string): string[] {
  switch (outcome.outcome) {
    case 'done':
      return [
        'Done: the new password is in force, and was tried by logging in. To read it:',
        `  ${printable(howToRead)}`,
      ]
    case 'done-unproved':
      return [
        'Done: the new password is in force; it could not be tried from here. To read it:',
        `  ${printable(howToRead)}`,
        ...(outcome.previous === null
          ? []
          : ['The old one is kept too, until a rotation is proved:', `  ${printable(outcome.previous)}`]),
      ]
    case 'failed-unchanged':
      return ['Failed; the old password is in force, and where it was.']
    case 'failed-changed':
      return [
        'Failed, and not everything is as it was:',
        ...outcome.left.flatMap(each => paragraph(each, '  - ')),
      ]
    case 'cancelled':
      return ['Cancelled: the old password is in force, and where it was.']
  }
}

const parts: Readonly<Record<RotationPart, string>> = {
  settle: 'Putting the password of the broken rotation in its place',
  store: 'Storing the new password beside the old one, and reading it back',
  set: 'Setting its verifier',
  prove: 'Logging in with it',
  promote: "Putting it in the old one's place",
  back: 'Putting the old one back',
}

/** A line for a part that begins. */
export function rotationPartText(part: RotationPart, database: string | null): string {
  return `  ${parts[part]}${database === null ? '' : ` (${printableName(database)})`}`
}
