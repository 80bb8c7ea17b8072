import type { ServerAnswer } from '../../model/answers.ts'
import { numericAddress } from '../../model/hba/address.ts'
import type { ServerFacts } from '../../model/server-facts.ts'
import { shellQuote } from '../../model/shell-quote.ts'
import type { AdviceText } from '../advice-text.ts'

/** X.509 has no room for a longer common name (RFC 5280, appendix A: ub-common-name). */
const longestCommonName = 64

/**
 * How TLS is turned on at a server that somebody runs themselves (manual, 18.9): a key and a certificate, the setting,
 * a reload; since PostgreSQL 10 without a restart. Commands for a POSIX shell.
 * @param host the name or address by which the tool reaches the server: the certificate is for it
 * @param through how the administrator reaches it
 */
export function turnTlsOn(
  { tlsSettings, admin }: Pick<ServerFacts, 'tlsSettings' | 'admin'>,
  host: string,
  through: Pick<ServerAnswer, 'host' | 'port' | 'user' | 'database'>,
): AdviceText[] {
  if (tlsSettings?.built === false)
    return [
      {
        kind: 'words',
        text: 'This build of PostgreSQL has no TLS in it (ssl_library is empty): it takes another build.',
      },
    ]
  const { dataDirectory = null, certificateFile = 'server.crt', keyFile = 'server.key' } = tlsSettings ?? {}
  const folder = dataDirectory === null ? 'DATA_DIRECTORY' : shellQuote(dataDirectory)
  const key = shellQuote(keyFile)
  const made = `openssl req -new -x509 -newkey rsa:2048 -nodes -days 365 -subj ${shellQuote(`/CN=${host.length > longestCommonName ? 'PostgreSQL' : host}`)} -addext ${shellQuote(`subjectAltName=${numericAddress(host) === null ? 'DNS' : 'IP'}:${host}`)} -keyout ${key} -out ${shellQuote(certificateFile)}`
  const user = admin.superuser ? shellQuote(through.user) : 'SUPERUSER'
  const psql = (address: string) =>
    `psql -X -h ${shellQuote(address)} -p ${through.port} -U ${user} -d ${shellQuote(through.database)}`
  // Over a Unix socket there is no TLS.
  const overTcp = through.host.startsWith('/') ? 'localhost' : through.host
  const reload = "-c 'SELECT pg_catalog.pg_reload_conf()'"
  return [
    {
      kind: 'words',
      text: `To turn TLS on, without a restart. 1: on the server's machine, as the account that PostgreSQL runs as (postgres, mostly), make a key and a certificate for ${host}, good for a year. It leaves a key alone that is there already. A certificate of an authority of yours, put in these places, is better: only that can be verified by everybody.${dataDirectory === null ? ' SHOW data_directory names the folder.' : ''}`,
    },
    { kind: 'command', text: `(cd ${folder} && umask 077 && test ! -e ${key} && ${made})` },
    { kind: 'words', text: '2: as a superuser, turn it on and have that read.' },
    { kind: 'command', text: `${psql(through.host)} -c "ALTER SYSTEM SET ssl = 'on'" ${reload}` },
    {
      kind: 'words',
      text: '3: see that it is on. SHOW ssl does not tell: it says on where the key could not be read, too.',
    },
    {
      kind: 'command',
      text: `PGSSLMODE=require ${psql(overTcp)} -c 'SELECT ssl, version FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()'`,
    },
    {
      kind: 'warning',
      text: 'Where that fails, take it back before anything restarts the server: with ssl on and a key that it cannot read it does not start again.',
    },
    { kind: 'command', text: `${psql(through.host)} -c "ALTER SYSTEM SET ssl = 'off'" ${reload}` },
    {
      kind: 'words',
      text: 'Then let pg-usher connect again, with TLS if offered, and look at the server anew: the lines for pg_hba.conf become hostssl, which admit nobody without.',
    },
  ]
}
