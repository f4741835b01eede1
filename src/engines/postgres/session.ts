/** The settings of a session on PostgreSQL that decide results. */
import type { Client } from 'pg'
import { identifier, join, sql, toText } from '../../sql/sql.ts'
import type { OpenOptions } from '../warehouse.ts'

/**
 * What a role, a database or a URL may have set and what would change results: texts of values, how texts are
 * read, what is null. Timeouts, memory, tablespaces and rights stay as they are, for they stop a build with
 * words and change nothing in silence.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  timezone: 'UTC',
  timezone_abbreviations: 'Default',
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  xmlbinary: 'base64',
  xmloption: 'content',
  lc_numeric: 'C',
  lc_monetary: 'C',
  lc_time: 'C',
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  escape_string_warning: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  gin_fuzzy_search_limit: '0',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
}

/**
 * Makes the session the same whoever connects, and however.
 * @returns the schemas in which bare names are looked for, after `pg_catalog`
 */
export async function settle(
  client: Client,
  { readOnly = false }: OpenOptions,
  lockSeconds: number,
): Promise<readonly string[]> {
  // by full names as long as it is not known what a bare one means
  const { rows } = await client.query<{ name: string; own: boolean }>(`
    select name, name operator(pg_catalog.=) any (array['public', current_user]) as own
    from pg_catalog.unnest(pg_catalog.current_schemas(false)) as found(name)
    where name operator(pg_catalog.<>) 'pg_catalog'
  `)
  const others = rows.filter(({ own }) => !own).map(({ name }) => name)
  const { rows: users } = await client.query<{ name: string }>('select current_user as name')
  const path = [...users.map(({ name }) => name), 'public', ...others]
  const settings = [
    searchPath(path),
    ...Object.entries(SETTINGS).map(([name, value]) => `set ${name} = '${value}'`),
    `set lock_timeout = '${lockSeconds}s'`,
    ...(readOnly ? ['set default_transaction_read_only = on'] : []),
  ]
  await client.query(settings.join(';\n'))
  const wishes = [
    "set client_min_messages = 'warning'",
    // Chains of CTEs are thought to have one row in the end, and loops over them would be quadratic.
    'set enable_nestloop = off',
    // A server that cannot watch the client's socket has no such check to turn on.
    "select set_config('client_connection_check_interval', '10s', false)",
  ]
  for (const wish of wishes) await client.query(wish).catch(() => undefined)
  return path
}

/** What is not on the path of a plain connection comes last: it can be found, and hides nothing. */
export const searchPath = (schemas: readonly string[]): string =>
  toText(
    sql`set search_path = ${join(
      schemas.map((schema) => identifier(schema)),
      ', ',
    )}`,
  )
