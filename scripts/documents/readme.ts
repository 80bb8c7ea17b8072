import type { Results } from '../../bench/results.ts'
import { runCommandLine } from '../../src/commands/support/command-line.ts'
import type { Connector } from '../../src/connectors/connector.ts'
import { connectors } from '../../src/connectors/connectors.ts'
import { exitCodes } from '../../src/model/exit-code.ts'
import { stepTitles } from '../../src/steps/step.ts'
import { speedLines } from './bench.ts'
import { table, withSection } from './markdown.ts'

/** The README with its written sections renewed: the help, the figures, and the mistakes of the vendors' pages. */
export async function readmeDocument(current: string, results: Results): Promise<string> {
  const sections = {
    help: ['', '```', (await helpText()).trimEnd(), '```', ''],
    figures: ['', ...speedLines(results), ''],
    mistakes: ['', ...connectors.flatMap(mistakes)],
  }
  return Object.entries(sections).reduce((text, [name, lines]) => withSection(text, name, lines), current)
}

function mistakes({ name, page, errata }: Connector): string[] {
  const { url, readOn, note } = page
  return [
    `**${name}**: [its page](${url}), read on ${readOn}${note === undefined ? '' : ` (${note})`}.`,
    '',
    ...table(
      ['The page says', 'What is wrong', 'Here instead', 'Step'],
      errata.map(({ says, wrong, instead, step }) => [says, wrong, instead, stepTitles[step]]),
    ),
    '',
  ]
}

async function helpText(): Promise<string> {
  let text = ''
  const none = async () => exitCodes.done
  await runCommandLine(
    ['--help'],
    '',
    {
      wizard: none,
      demo: none,
      plan: none,
      apply: none,
      undo: none,
      verify: none,
      rotate: none,
      secrets: none,
      connectors: none,
    },
    {
      out: part => {
        text += part
      },
      err: () => {},
    },
  )
  return text
}
