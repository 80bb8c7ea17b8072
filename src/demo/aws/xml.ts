/** What stands in an answer of the Query protocol: text, nested elements, or a list whose items have a name. */
export type Xml = string | number | boolean | null | undefined | XmlList | { readonly [name: string]: Xml }

export interface XmlList {
  readonly item: string
  readonly items: readonly Xml[]
}

/** A list as the protocol has it: `<Tags><member>…</member></Tags>`. */
export function listOf(items: readonly Xml[], item = 'member'): XmlList {
  return { item, items }
}

/** An element with what is in it; nothing for what is null or undefined, as AWS leaves it out. */
export function element(name: string, value: Xml): string {
  if (value === null || value === undefined) return ''
  return `<${name}>${content(value)}</${name}>`
}

function content(value: Exclude<Xml, null | undefined>): string {
  if (typeof value !== 'object') return escaped(String(value))
  if (isList(value)) return value.items.map(each => element(value.item, each)).join('')
  return Object.entries(value)
    .map(([name, each]) => element(name, each))
    .join('')
}

function isList(value: object): value is XmlList {
  return 'items' in value && Array.isArray(value.items)
}

function escaped(text: string): string {
  return text.replace(
    /[&<>"]/g,
    character => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character] ?? character,
  )
}
