/** How a managed service lets addresses in: commands for its own tool, the way through its console, and what to mind. */
export interface FirewallAdvice {
  /** As its owner writes it. */
  readonly service: string
  /** Commands for a POSIX shell, in order; empty where it takes none of these addresses. */
  readonly commands: readonly string[]
  /** The way in the console, one entry a click. */
  readonly way: readonly string[]
  /** What would go wrong for others, or for nothing. */
  readonly warnings: readonly string[]
  /** The page that says so, and when it was read; null where it was not read, only known. */
  readonly source: { readonly url: string; readonly readOn: string } | null
}

/** Of the person's server, what the advice is made from. */
export interface FirewallRequest {
  /** The address by which the tool reaches the server. */
  readonly host: string
  readonly port: number
  /** The administrator's name at the server. */
  readonly user: string
  /** The tool's id: what is made is named for it. */
  readonly tool: string
  /** Networks to let in, normalised. */
  readonly cidrs: readonly string[]
}
