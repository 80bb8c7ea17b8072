import type { WholeAws } from '../aws/whole.ts'

/**
 * The AWS part as Terraform's HCL (provider hashicorp/aws). It makes policy and role or user, and no access key, which
 * would stand in Terraform's state. What it makes carries no tag of pg-usher, which so leaves it alone.
 */
export function renderTerraform(whole: WholeAws): string {
  const { plan, tool, name, path, trust, boundary } = whole
  const isRole = trust !== null
  const variables = [
    variable(
      'db_resource_id',
      'Resource ID of the instance or, for Aurora, of the cluster',
      plan.target.resourceId,
    ),
    variable('db_username', 'The login of the database; its case counts', whole.login),
    variable('db_region', 'Region of the database', plan.target.region),
    variable('permissions_boundary_arn', 'Policy that bounds what is made; empty for none', boundary ?? ''),
    ...(isRole
      ? [
          variable(
            'vendor_principal_arn',
            'ARN of who assumes the role; empty while it is not known: then nobody may',
            whole.vendor ?? '',
          ),
          variable(
            'external_id',
            'External ID that the vendor sends; empty for none',
            plan.principal.externalId ?? '',
          ),
        ]
      : []),
  ]
  const attachment = isRole ? 'role' : 'user'
  const parts = [
    `# pg-usher: lets ${oneLine(tool)} log in to one database as one user with IAM database authentication.`,
    `terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}`,
    ...variables,
    `data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}`,
    `resource "aws_iam_policy" "connect" {
  name        = ${text(name)}
  path        = ${text(path)}
  description = ${text(`Lets ${tool} log in as one user of one database.`)}
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "rds-db:connect"
      Resource = join(":", ["arn", data.aws_partition.current.partition, "rds-db", var.db_region, data.aws_caller_identity.current.account_id, "dbuser", join("/", [var.db_resource_id, var.db_username])])
    }]
  })${tagsOf(whole)}
}`,
    isRole ? roleBlock(whole) : userBlock(whole),
    `resource "aws_iam_${attachment}_policy_attachment" "connect" {
  ${attachment}       = aws_iam_${attachment}.vendor.name
  policy_arn = aws_iam_policy.connect.arn
}`,
    isRole
      ? `output "role_arn" {
  value = aws_iam_role.vendor.arn
}`
      : `output "user_name" {
  value = aws_iam_user.vendor.name
}`,
  ]
  return `${parts.join('\n\n')}\n`
}

function roleBlock(whole: WholeAws): string {
  return `resource "aws_iam_role" "vendor" {
  name                 = ${text(whole.name)}
  path                 = ${text(whole.path)}
  description          = ${text(`${whole.tool} assumes it to log in to one database.`)}
  permissions_boundary = var.permissions_boundary_arn == "" ? null : var.permissions_boundary_arn
  # Nobody may assume it while the vendor is not known.
  assume_role_policy = (
    var.vendor_principal_arn == "" ? jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Deny", Principal = { AWS = "*" }, Action = "sts:AssumeRole" }]
    }) : var.external_id == "" ? jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Principal = { AWS = var.vendor_principal_arn }, Action = "sts:AssumeRole" }]
    }) : jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { AWS = var.vendor_principal_arn }
        Action    = "sts:AssumeRole"
        Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
      }]
    })
  )${tagsOf(whole)}
}`
}

function userBlock(whole: WholeAws): string {
  return `# Its access key is not made here: it would stand in the state. Make it where secrets are kept.
resource "aws_iam_user" "vendor" {
  name                 = ${text(whole.name)}
  path                 = ${text(whole.path)}
  permissions_boundary = var.permissions_boundary_arn == "" ? null : var.permissions_boundary_arn${tagsOf(whole)}
}`
}

function variable(name: string, description: string, value: string): string {
  return `variable "${name}" {
  type        = string
  description = ${text(description)}
  default     = ${text(value)}
}`
}

function tagsOf({ tags }: WholeAws): string {
  if (tags.length === 0) return ''
  const lines = tags.map(({ key, value }) => `    ${text(key)} = ${text(value)}`)
  return `\n  tags = {\n${lines.join('\n')}\n  }`
}

/** A quoted template of HCL in which nothing is interpolated (HCL Native Syntax Specification, "Quoted Templates"). */
function text(value: string): string {
  return JSON.stringify(value).replace(/[$%](?=\{)/g, sign => sign + sign)
}

function oneLine(value: string): string {
  return value.replace(/\s+/g, ' ')
}
