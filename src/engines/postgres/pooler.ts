/** Poolers between gwh and the server: whether a session stays one. */
import type { Client } from 'pg'

/** A session of the server, and whether it is the one that the connection was told of. */
interface ServerProcess {
  readonly pid: number
  readonly isDirect: boolean
}

export async function serverProcess(client: Client): Promise<ServerProcess> {
  const pid = await pidOf(client)
  // A pooler gives its clients numbers of its own.
  return { pid, isDirect: (client as unknown as { processID?: number }).processID === pid }
}

async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}

/** Milliseconds for a second connection, of which a pool may have none left. */
const PATIENCE = 5000

/**
 * Whether others may be given the session of a client between two of its transactions: then its settings would be
 * theirs, and its locks nobody's. Nothing is set before this is known.
 * @param first process of the server that the client had
 * @param connect makes a connection of the same kind
 */
export async function isSharedSession(
  client: Client,
  first: number,
  connect: () => Client,
): Promise<boolean> {
  const other = connect()
  other.on('error', () => undefined)
  const timer = setTimeout(() => void other.end().catch(() => undefined), PATIENCE)
  try {
    await other.connect()
    // In a transaction, so that it keeps what it was given.
    await other.query('begin')
    return (await pidOf(other)) === first || (await pidOf(client)) !== first
  } catch (error) {
    // There is no second connection to be had, or a pooler that takes no transactions at all.
    return error instanceof Error && /transaction blocks not allowed/.test(error.message)
  } finally {
    clearTimeout(timer)
    await other.end().catch(() => undefined)
  }
}
