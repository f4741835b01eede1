/** gwh's own tables on PostgreSQL, where an older version has made them otherwise. */
import { ProblemError, quotedList } from '../../problems.ts'
import { type RelationName, identifier, join, sql, toText } from '../../sql/sql.ts'
import { WarehouseError } from '../warehouse.ts'
import { hangingOn } from './dependents.ts'
import { attempting, Patience, type Session } from './locks.ts'
import { makeAnew, refreshAway, takeAway } from './remake.ts'

/** Seconds: nothing is lost where others hold the table, for its times can be read either way. */
const WAIT = 5

const WITHOUT_ZONE = 'timestamp without time zone'
const WITH_ZONE = 'timestamp with time zone'

/**
 * Gives a table `timestamptz` where it has times in UTC without a zone, and makes anew what others have made that reads them.
 * @param inTransaction commits what is done inside of it, or rolls it back
 * @returns what there is to tell; where the table cannot be changed it stays as it is
 */
export async function withZones(
  session: Session,
  table: RelationName,
  inTransaction: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<string[]> {
  const columns = ((await session.columns(table)) ?? []).filter(({ type }) => type === WITHOUT_ZONE)
  if (columns.length === 0) return []
  const names = columns.map(({ name }) => name)
  const retyped = names.map((name) => ({ name, type: WITH_ZONE, before: WITHOUT_ZONE }))
  const changes = names.map((name) => {
    const column = identifier(name)
    return sql`alter column ${column} type timestamptz using ${column} at time zone 'UTC'`
  })
  try {
    return await inTransaction(() =>
      attempting(session, new Patience(WAIT), [table], async () => {
        const going = { relation: table, columns: { removed: [], retyped: names } }
        const { readers } = await hangingOn(session, [going], () => false)
        const away = await takeAway(session, readers, [{ relation: table, retyped }])
        await session.execute(toText(sql`alter table ${identifier(...table)} ${join(changes, ', ')}`))
        const notes = await makeAnew(session, away)
        await refreshAway(session, away)
        return notes
      }),
    )
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === undefined) throw error
    return [`\`${table.join('.')}\` keeps ${quotedList(names)} without a time zone, in UTC: ${reason}`]
  }
}

/** Why a table is left as it is. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof ProblemError) return error.problems[0]?.message
  return error instanceof WarehouseError && error.refusal === 'not_allowed' ? error.message : undefined
}
