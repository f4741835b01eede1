/** A project on PostgreSQL with a table of profiles, on which others hang what is theirs. */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { load, type RunOutcome } from '../../src/gwh.ts'
import { ProblemError } from '../../src/problems.ts'
import { freshPostgres } from './databases.ts'
import { withClient, withParts } from './postgres-url.ts'
import { build, GOOD, writeProject, type Files } from './projects.ts'
import { leftovers, published } from './published.ts'

export const accounts = (properties: string): Files => ({
  'connectors/crm.yml': `sources:
  - { name: accounts, type: group_table, file: accounts.csv, group_key: company_id, columns: { id: id }, properties: ${properties} }
`,
})

/** Two companies; the view `busy` reads their profiles. */
export const TWO_COMPANIES: Files = {
  ...GOOD,
  'events.csv': `event,time,user_id,company_id
sign_up,2024-01-01T10:00:00Z,ann,acme
log_in,2024-01-02T10:00:00Z,bob,beta
`,
  'accounts.csv': 'id,plan,seats\nacme,pro,5\nbeta,free,3\n',
  ...accounts('{ plan: plan, seats: { type: text } }'),
  'models/busy.sql': "select company_id, seats from {{ ref('company_profiles') }}\n",
}

export const rows = async (client: pg.Client, query: string) =>
  (await client.query<Record<string, unknown>>(query)).rows

/** The code of the error, or `worked`. */
export const fails = (client: pg.Client, statement: string) =>
  client.query(statement).then(
    () => 'worked',
    (error: unknown) => (error as { code: string }).code,
  )

export interface Box {
  readonly dir: string
  readonly url: string
  build(): Promise<RunOutcome>
  /** What is wrong, as text. */
  refusal(as?: { user: string }): Promise<string>
  published(): ReturnType<typeof published>
  leftovers(): ReturnType<typeof leftovers>
}

/** The project, built in a database of its own with a schema `mine`. */
export async function sandbox(files: Files = TWO_COMPANIES): Promise<Box> {
  const url = await freshPostgres()
  const dir = writeProject(files)
  const optionsOf = (at: string) => ({ target: 'pg', env: { GWH_POSTGRES_URL: at } })
  const options = optionsOf(url)
  const run = (at = url) => build(dir, optionsOf(at))
  if (!(await run()).ok) throw new Error('the project cannot be built')
  await withClient(url, (client) =>
    client.query('create schema mine; grant usage on schema gwh, gwh_gwh to public'),
  )
  return {
    dir,
    url,
    build: () => run(),
    refusal: (as = { user: 'postgres' }) =>
      run(withParts(url, as)).then(
        () => 'published',
        (error: unknown) => {
          if (!(error instanceof ProblemError)) throw error
          return error.message
        },
      ),
    published: () => published(load(dir, options)),
    leftovers: () => leftovers(load(dir, options)),
  }
}

/**
 * Builds while somebody has done something and not committed it yet, which they do as soon as the build waits for them.
 * @returns what the build says, and whether it had to wait
 */
export function whileOpen(
  box: Pick<Box, 'url' | 'refusal'>,
  statements: string,
): Promise<{ said: string; waited: boolean }> {
  return withClient(box.url, async (client) => {
    await client.query(`begin; ${statements}`)
    let said: string | undefined
    const build = box.refusal().then((text) => (said = text))
    const waiting = `select 1 from pg_stat_activity
      where datname = current_database() and application_name = 'gwh' and wait_event_type = 'Lock'`
    // On another connection, for a transaction sees the activity of others as it was at first.
    const waited = await withClient(box.url, async (other) => {
      while (said === undefined) {
        if ((await rows(other, waiting)).length > 0) return true
        await sleep(10)
      }
      return false
    })
    await client.query('commit')
    return { said: await build, waited }
  })
}

/** All rows of the tables in the schema `mine`, by table. */
export function ownRows(url: string): Promise<Record<string, unknown>> {
  return withClient(url, async (client) => {
    const tables = await rows(
      client,
      "select relname as name from pg_class where relnamespace = 'mine'::regnamespace and relkind = 'r'",
    )
    const found: Record<string, unknown> = {}
    for (const { name } of tables)
      found[String(name)] = await rows(
        client,
        `select * from mine."${String(name)}" as t order by cast(t as text)`,
      )
    return found
  })
}
