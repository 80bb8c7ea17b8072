/** A resource of a template whose functions are all worked out. */
export interface ResolvedResource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
}

interface Template {
  readonly Parameters: Readonly<Record<string, { readonly Type: string; readonly Default: string }>>
  readonly Conditions: Readonly<Record<string, unknown>>
  readonly Resources: Readonly<Record<string, ResolvedResource>>
}

const noValue = Symbol('AWS::NoValue')

/**
 * Works a template out with the defaults of its parameters, by the rules of CloudFormation (User Guide, "Intrinsic
 * function reference"): as far as ours uses them. Whatever it does not know is an error.
 */
export function resolveTemplate(
  template: Template,
  pseudo: Readonly<Record<string, string>>,
): Readonly<Record<string, ResolvedResource>> {
  const { Parameters: parameters, Conditions: conditions, Resources: resources } = template
  for (const key of Object.keys(template))
    if (
      ![
        'AWSTemplateFormatVersion',
        'Description',
        'Parameters',
        'Conditions',
        'Resources',
        'Outputs',
      ].includes(key)
    )
      throw new Error(`A template has no ${key}.`)
  return resolved(resources) as Readonly<Record<string, ResolvedResource>>

  function resolved(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolved).filter(each => each !== noValue)
    if (typeof value !== 'object' || value === null) return value
    const [[name, argument] = ['', null], ...others] = Object.entries(value)
    if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return called(name, argument)
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, each]) => [key, resolved(each)] as const)
        .filter(([, each]) => each !== noValue),
    )
  }

  function called(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return reference(String(argument))
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown[]]
        return parts.map(part => String(resolved(part))).join(separator)
      }
      case 'Fn::If': {
        const [condition, yes, no] = argument as [string, unknown, unknown]
        return resolved(holds(conditions[condition]) ? yes : no)
      }
      default:
        throw new Error(`${name} is not known here.`)
    }
  }

  function reference(name: string): unknown {
    if (name === 'AWS::NoValue') return noValue
    if (name in pseudo) return pseudo[name]
    if (name in parameters) return parameters[name]?.Default
    if (name in resources) return `(${name})`
    throw new Error(`There is no ${name}.`)
  }

  function holds(condition: unknown): boolean {
    const [[name, argument] = ['', null]] = Object.entries(condition as object)
    switch (name) {
      case 'Fn::Not':
        return !holds((argument as unknown[])[0])
      case 'Fn::Equals': {
        const [one, other] = argument as unknown[]
        return resolved(one) === resolved(other)
      }
      default:
        throw new Error(`${name} is no condition.`)
    }
  }
}
