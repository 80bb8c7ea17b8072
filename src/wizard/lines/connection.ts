import { type Paragraph, problemParagraphs } from '../../model/paragraph.ts'
import { serverProblems } from '../../model/server-problems.ts'
import type { WizardState } from '../state.ts'
import { type Line, linesOf } from './line.ts'
import { cameFrom, whereItStands, whichServer } from './where-we-are.ts'

/** What the server is, what this administrator may do, and what stands in the way; or why it let nobody in. */
export function connectionLines(state: WizardState): readonly Line[] {
  const { status, problem } = state.connection
  const { server } = state.facts
  if (problem !== null) return linesOf(problemParagraphs(problem), state.size.columns)
  if (server === null || (status !== 'connected' && status !== 'reading')) return []
  const { admin } = server
  const powers = admin.superuser
    ? 'is a superuser'
    : admin.createRole
      ? 'may create roles and grant on what its roles own'
      : 'may not create roles: the roles must exist already'
  const problems = serverProblems(server)
  const paragraphs: Paragraph[] = [
    {
      text: `Connected: ${whichServer(server)}, ${server.tls ? 'with TLS' : 'without TLS'}.`,
      tone: 'good',
    },
    { text: `${admin.name} ${powers}.` },
    ...problems.flatMap(problemParagraphs),
    ...(problems.length === 0
      ? []
      : [{ text: 'A plan can be made and saved; it cannot be applied here.', tone: 'warn' as const }]),
    { text: cameFrom(server.network), tone: 'muted' },
    { text: whereItStands(server), tone: 'muted' },
    { text: 'Enter goes on.', tone: 'muted' },
  ]
  return linesOf(paragraphs, state.size.columns)
}
