import type { WholeAws } from '../aws/whole.ts'
import { renderAwsCli } from './aws-cli.ts'
import { renderCloudFormation } from './cloudformation.ts'
import { renderTerraform } from './terraform.ts'

/** A file that is written of a plan. */
export interface ExportFile {
  readonly name: string
  readonly text: string
}

/** The AWS part in every form that it is exported in, as files whose names begin alike. */
export function awsExports(whole: WholeAws, name: string): readonly ExportFile[] {
  return [
    { name: `${name}-aws.sh`, text: renderAwsCli(whole) },
    { name: `${name}-aws.cloudformation.json`, text: renderCloudFormation(whole) },
    { name: `${name}-aws.tf`, text: renderTerraform(whole) },
  ]
}
