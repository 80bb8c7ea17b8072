/** A secret that cannot be printed by accident: as text, JSON or in an inspector it is `[secret]`. */
export interface Secret {
  readonly kind: 'secret'
  toString(): string
  toJSON(): string
}

const values = new WeakMap<Secret, string>()
const revealed = new Set<string>()
const mask = '[secret]'
// What node:util's inspect looks for; by its registered name, so that this folder imports nothing.
const inspectCustom = Symbol.for('nodejs.util.inspect.custom')

/** Wraps a value so that only {@link reveal} gives it back. */
export function secret(value: string): Secret {
  const wrapped = Object.freeze({
    kind: 'secret' as const,
    toString: () => mask,
    toJSON: () => mask,
    [inspectCustom]: () => mask,
  })
  values.set(wrapped, value)
  return wrapped
}

/** The wrapped value. Call it only where the value leaves for its one destination. */
export function reveal(wrapped: Secret): string {
  const value = values.get(wrapped)
  if (value === undefined) throw new TypeError('not a secret made by secret()')
  revealed.add(value)
  return value
}

/** Every value that was revealed in this process, and so could have got somewhere: for redact.ts alone. */
export function revealedValues(): ReadonlySet<string> {
  return revealed
}
