import type { ExistingRole } from '../model/server-facts.ts'
import { isOurs } from './kept-login.ts'
import type { PlanInput } from './plan-input.ts'

/**
 * The same server as a superuser on its primary would see it: for a plan that somebody else is to run. What
 * is wrong with the answers stays wrong.
 */
export function asAbleAdmin(input: PlanInput): PlanInput {
  const { server, catalogue, roles } = input
  return {
    ...input,
    server: {
      ...server,
      inRecovery: false,
      readOnly: false,
      pooled: false,
      admin: { ...server.admin, superuser: true, createRole: true },
    },
    // A login that only somebody else may alter, and that keeps its password, is no obstacle.
    roles: {
      login: keptAsIs(input) ? roles.login : able(roles.login),
      group: able(roles.group),
      ...(roles.iam === undefined ? {} : { iam: able(roles.iam) }),
    },
    catalogue: {
      databases: catalogue.databases.map(database => ({
        ...database,
        grantable: true,
        schemas: database.schemas.map(schema => ({
          ...schema,
          grantable: true,
          enteredBy: [server.admin.name],
          relations: schema.relations && {
            ...schema.relations,
            accesses: schema.relations.accesses.map(access => ({ ...access, grantable: true })),
          },
          creators: schema.creators.map(creator => ({ ...creator, alterable: true })),
        })),
      })),
    },
  }
}

function keptAsIs({ answers, roles: { login } }: PlanInput): boolean {
  return login !== null && !answers.replacePassword && !isOurs(login)
}

function able(role: ExistingRole | null): ExistingRole | null {
  return role === null ? null : { ...role, alterable: true, givable: true }
}
