import type { WizardState } from '../wizard/state.ts'
import { Question } from './Question.tsx'

/** How the tool comes to a token, and which database it is for AWS. */
export function Aws({ state }: { state: WizardState }) {
  const vendor = state.facts.connector?.name ?? 'The tool'
  return (
    <Question
      state={state}
      step="aws"
      title={`How does ${vendor} come to its tokens?`}
      fields={{
        way: { label: `${vendor} has`, options: { role: 'a role to assume', user: 'a user with a key' } },
        vendorArn: { label: "Vendor's ARN", placeholder: 'not known yet' },
        externalId: { label: 'External ID', placeholder: 'none' },
        credentials: {
          label: 'AWS is asked with',
          options: { chain: 'what is at hand', profile: 'a profile', nobody: 'not at all' },
        },
        profile: { label: 'Profile' },
        target: { label: 'The database', options: { aws: 'is found by AWS', typed: 'is typed' } },
        region: { label: 'Region', placeholder: "as in the server's name" },
        instance: { label: 'Instance', placeholder: "by the server's name" },
        enable: { label: 'IAM turned on', options: { no: 'no', yes: 'yes, where it is off' } },
        partition: { label: 'Partition' },
        account: { label: 'Account', source: 'twelve digits' },
        resourceId: { label: 'Resource ID', source: 'db-… or cluster-…' },
        name: { label: 'Name in IAM', placeholder: 'made of tool and login' },
        path: { label: 'Path in IAM' },
        boundary: { label: 'Boundary', placeholder: 'none' },
        tags: { label: 'Tags', placeholder: 'none', source: 'key=value, key=value' },
      }}
      busy={state.aws.status === 'asking' ? 'asking AWS; Esc goes back' : null}
    />
  )
}
