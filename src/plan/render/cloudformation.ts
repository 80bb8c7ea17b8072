import type { WholeAws } from '../aws/whole.ts'

/**
 * The AWS part as a CloudFormation template in JSON (CloudFormation User Guide, "Template anatomy"). It makes policy
 * and role or user, and no access key: a template is no place for a secret. What it makes belongs to its stack: it
 * carries no tag of pg-usher, which so leaves it alone. The instance's flag belongs to whatever made the instance.
 */
export function renderCloudFormation(whole: WholeAws): string {
  return `${JSON.stringify(templateOf(whole), null, 2)}\n`
}

function templateOf(whole: WholeAws): unknown {
  const { plan, tool, login, name, path, tags, trust } = whole
  const { target } = plan
  const isRole = trust !== null
  const principal = isRole ? { Ref: 'Role' } : { Ref: 'User' }
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Lets ${tool} log in to one database as one user with IAM database authentication. Deploy it with --capabilities CAPABILITY_NAMED_IAM.`,
    Parameters: {
      DbResourceId: {
        Type: 'String',
        Default: target.resourceId,
        AllowedPattern: '(db|cluster)-[A-Z0-9]+',
        Description: 'Resource ID of the instance or, for Aurora, of the cluster',
      },
      DbUsername: {
        Type: 'String',
        Default: login,
        Description: 'The login of the database; its case counts',
      },
      DbRegion: { Type: 'String', Default: target.region, Description: 'Region of the database' },
      PermissionsBoundaryArn: {
        Type: 'String',
        Default: whole.boundary ?? '',
        Description: 'Policy that bounds what is made; empty for none',
      },
      ...(isRole ? roleParameters(whole) : {}),
    },
    Conditions: {
      HasBoundary: notEmpty('PermissionsBoundaryArn'),
      ...(isRole
        ? { VendorIsKnown: notEmpty('VendorPrincipalArn'), HasExternalId: notEmpty('ExternalId') }
        : {}),
    },
    Resources: {
      Policy: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: {
          ManagedPolicyName: name,
          Path: path,
          Description: `Lets ${tool} log in as one user of one database.`,
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Action: 'rds-db:connect',
                Resource: {
                  'Fn::Join': [
                    ':',
                    [
                      'arn',
                      { Ref: 'AWS::Partition' },
                      'rds-db',
                      { Ref: 'DbRegion' },
                      { Ref: 'AWS::AccountId' },
                      'dbuser',
                      { 'Fn::Join': ['/', [{ Ref: 'DbResourceId' }, { Ref: 'DbUsername' }]] },
                    ],
                  ],
                },
              },
            ],
          },
          [isRole ? 'Roles' : 'Users']: [principal],
        },
      },
      ...(isRole
        ? {
            Role: {
              Type: 'AWS::IAM::Role',
              Properties: {
                RoleName: name,
                Path: path,
                Description: `${tool} assumes it to log in to one database.`,
                AssumeRolePolicyDocument: trustTemplate,
                ...boundary,
                ...tagsOf(tags),
              },
            },
          }
        : {
            User: {
              Type: 'AWS::IAM::User',
              Properties: { UserName: name, Path: path, ...boundary, ...tagsOf(tags) },
            },
          }),
    },
    Outputs: {
      PolicyArn: { Value: { Ref: 'Policy' } },
      ...(isRole
        ? { RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } }
        : { UserName: { Value: { Ref: 'User' } } }),
    },
  }
}

function roleParameters({ vendor, plan }: WholeAws): object {
  return {
    VendorPrincipalArn: {
      Type: 'String',
      Default: vendor ?? '',
      Description: 'ARN of who assumes the role; empty while it is not known: then nobody may',
    },
    ExternalId: {
      Type: 'String',
      Default: plan.principal.externalId ?? '',
      Description: 'External ID that the vendor sends; empty for none',
    },
  }
}

/** Who may assume the role: the vendor, or nobody while it is not known. */
const trustTemplate = {
  Version: '2012-10-17',
  Statement: [
    {
      'Fn::If': [
        'VendorIsKnown',
        {
          Effect: 'Allow',
          Principal: { AWS: { Ref: 'VendorPrincipalArn' } },
          Action: 'sts:AssumeRole',
          Condition: {
            'Fn::If': [
              'HasExternalId',
              { StringEquals: { 'sts:ExternalId': { Ref: 'ExternalId' } } },
              { Ref: 'AWS::NoValue' },
            ],
          },
        },
        { Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' },
      ],
    },
  ],
}

const boundary = {
  PermissionsBoundary: {
    'Fn::If': ['HasBoundary', { Ref: 'PermissionsBoundaryArn' }, { Ref: 'AWS::NoValue' }],
  },
}

function notEmpty(parameter: string): unknown {
  return { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: parameter }, ''] }] }
}

function tagsOf(tags: WholeAws['tags']): { readonly Tags?: unknown } {
  return tags.length === 0 ? {} : { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) }
}
