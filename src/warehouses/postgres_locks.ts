/** How publishing gets at relations that others read. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RelationName } from '../graph/compile.ts'
import { identifier, sql, toText, trusted } from '../sql/sql.ts'
import { WarehouseError, type Warehouse } from './warehouse.ts'

/** What publishing needs of a connection. */
export type Session = Pick<Warehouse, 'execute' | 'query' | 'columns' | 'relations'>

/** How long is waited for readers that hold a relation. */
export const LOCK_SECONDS = 30

/**
 * Drops what is to be replaced. A reader can hold one relation and wait for another, so waiting with some
 * of them dropped would be a deadlock: all are dropped within a moment, or none and again a little later.
 */
export async function clearTheWay(
  session: Session,
  ownViews: readonly RelationName[],
  replaced: readonly RelationName[],
): Promise<void> {
  if (replaced.length === 0) return
  const deadline = Date.now() + LOCK_SECONDS * 1000
  for (let attempt = 0; ; attempt++) {
    await session.execute('savepoint clearing')
    await session.execute("set local lock_timeout = '100ms'")
    try {
      // Some readers come from a view to its table, others the other way round.
      if (attempt % 2 === 0) await lockTables(session, replaced)
      await drop(session, ownViews, replaced)
      await session.execute(`set local lock_timeout = '${LOCK_SECONDS}s'`)
      return
    } catch (error) {
      if (!(error instanceof WarehouseError) || error.code !== '55P03' || Date.now() > deadline) throw error
      await session.execute('rollback to savepoint clearing')
      await sleep(Math.random() * 200)
    }
  }
}

async function lockTables(session: Session, relations: readonly RelationName[]): Promise<void> {
  for (const [schema = '', name = ''] of relations) {
    const kind = (await session.relations(schema)).find((r) => r.name === name)?.kind
    if (kind === 'table') await session.execute(toText(sql`lock table ${identifier(schema, name)}`))
  }
}

async function drop(
  session: Session,
  ownViews: readonly RelationName[],
  replaced: readonly RelationName[],
): Promise<void> {
  for (const view of [...ownViews].reverse()) {
    await session.execute(toText(sql`drop view if exists ${identifier(...view)} cascade`))
  }
  for (const relation of replaced) {
    const kind = (await session.relations(relation[0] ?? '')).find((r) => r.name === relation[1])?.kind
    if (kind) await session.execute(toText(sql`drop ${trusted(kind)} ${identifier(...relation)}`))
  }
}
