/** Modules of Node's that take long to load, and of which the first screen has no need. */
const slow = ['assert', 'child_process', 'crypto', 'fs/promises', 'readline/promises', 'timers/promises']

/**
 * Has the slow ones of Node's modules loaded when something of them is first used: crypto and child_process take
 * some milliseconds each.
 * @param code CommonJS as esbuild writes it: a named import is a property that is looked up at each use
 */
export function lazyBuiltins(code: string): string {
  const required = new RegExp(`(?<==)require\\("node:(${slow.join('|')})"\\)`, 'g')
  return code.replaceAll(
    required,
    (_, name: string) => `new Proxy({},{get:(_,name)=>require("node:${name}")[name]})`,
  )
}
