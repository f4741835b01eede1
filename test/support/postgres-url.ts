/**
 * Connection URLs of the test server and the databases made on it. Apart from the server's own file because
 * the tests' processes need only this.
 */
import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** The same server under another database, user or password. */
export function withParts(
  url: string,
  parts: { database?: string; user?: string; password?: string },
): string {
  const changed = new URL(url)
  if (parts.database !== undefined) changed.pathname = `/${encodeURIComponent(parts.database)}`
  if (parts.user !== undefined) {
    changed.username = encodeURIComponent(parts.user)
    changed.password = ''
  }
  if (parts.password !== undefined) changed.password = encodeURIComponent(parts.password)
  return changed.href
}

/** Makes an empty database whose name starts with `prefix`, and returns its URL. */
export async function makeDatabase(adminUrl: string, prefix: string): Promise<string> {
  const database = `${prefix}_${randomBytes(6).toString('hex')}`
  await withClient(adminUrl, (client) =>
    client.query(`create database ${database} template template0 strategy file_copy`),
  )
  return withParts(adminUrl, { database })
}

/** Removes what `makeDatabase` made; for a server that outlives the tests. */
export async function dropDatabases(adminUrl: string, prefix: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [prefix],
    )
    for (const { datname } of rows) await client.query(`drop database ${datname} with (force)`)
  })
}

export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
