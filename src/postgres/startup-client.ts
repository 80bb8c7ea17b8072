import pg from 'pg'

/**
 * node-pg's client with a startup packet of our own: its own would take PGOPTIONS, PGAPPNAME and other
 * variables of the environment into it.
 */
export class StartupClient extends pg.Client {
  private readonly startup: Readonly<Record<string, string>>

  constructor(config: pg.ClientConfig, startup: Readonly<Record<string, string>>) {
    super(config)
    this.startup = startup
  }

  /** Called by node-pg's Client when the connection stands. */
  getStartupConf(): Readonly<Record<string, string>> {
    return this.startup
  }
}
