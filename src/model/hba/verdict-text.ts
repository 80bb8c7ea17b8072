import { printable } from '../identifier.ts'
import type { HbaVerdict } from './decide.ts'
import type { HbaRule } from './rule.ts'

/** What a verdict means for somebody with a password, and the line that it is by. */
export interface VerdictText {
  /** One sentence without a full stop. */
  readonly text: string
  /** `line 12: host all all 10.0.0.0/8 md5`; empty where no line decides. */
  readonly line: string
}

/** A verdict in words. Passwords that a line holds (LDAP, RADIUS) are not shown. */
export function verdictText(verdict: HbaVerdict): VerdictText {
  switch (verdict.by) {
    case 'nobody':
      return { text: 'no line lets it in: refused', line: '' }
    case 'rule': {
      const line = ruleText(verdict.rule)
      return { text: `${meaning(verdict.rule)} (${line})`, line }
    }
    case 'unknown': {
      const line = ruleText(verdict.rule)
      return {
        text: `perhaps ${line}, since ${printable(verdict.because)}; if not: ${verdictText(verdict.otherwise).text}`,
        line,
      }
    }
  }
}

/** Where the line is and what it says, on one line. */
export function ruleText({ file, line, at, raw }: HbaRule): string {
  const place = line === at || file === '' ? `line ${line}` : `${printable(file)}, line ${line}`
  return `${place}: ${printable(withoutSecrets(raw).trim().replaceAll(/\s+/g, ' '))}`
}

function meaning({ method, options }: HbaRule): string {
  if (method === 'cert' || options.some(({ name }) => name === 'clientcert')) {
    return 'wants a client certificate'
  }
  switch (method) {
    case 'trust':
      return 'lets in without any password'
    case 'reject':
      return 'rejected'
    case 'scram-sha-256':
    case 'md5':
      return 'asks for the password'
    case 'password':
      return 'asks for the password, in clear text'
    default:
      return `asks ${method}, not the password`
  }
}

/** From the first of them on nothing is shown: how such a value is quoted is not looked at. */
function withoutSecrets(raw: string): string {
  return raw.replace(/(ldapbindpasswd|radiussecrets).*$/is, '$1=***')
}
