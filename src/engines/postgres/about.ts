/** What the database says while a relation is published, with the relation that it is about and the ways out. */
import { quotedList } from '../../problems.ts'
import type { RelationName } from '../../sql/sql.ts'
import { WarehouseError } from '../warehouse.ts'
import { refusedByPublication } from './replica_identity.ts'
import type { Watchers } from './watchers.ts'

/**
 * @param watchers those who are told of the rows that are written
 * @throws what the work throws; what the database says about its statements begins with the relation
 */
export async function about<T>(
  table: RelationName,
  watchers: Watchers | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const refused = refusedByPublication(error, table)
    // a lock that is not to be had is waited for, and what is refused to the role is said elsewhere
    if (!(refused instanceof WarehouseError) || refused.refusal !== undefined) throw refused
    throw new WarehouseError(`\`${table.join('.')}\`: ${refused.message}`, {
      line: refused.line,
      code: refused.code,
      missing: refused.missing,
      isRaised: refused.isRaised,
      fix: refused.fix ?? wayOut(refused.code ?? '', watchers?.triggers ?? []),
      cause: refused,
    })
  }
}

/** @param code SQLSTATE; class 23 is that of constraints */
function wayOut(code: string, triggers: Watchers['triggers']): string | undefined {
  if (code.startsWith('23'))
    return 'The constraint is not one of gwh: drop it, or correct what it asks for. Where rows only exchange values under it, make it `deferrable`, so that it is asked when all of them are written.'
  return triggers.length === 0
    ? undefined
    : `It may be what a trigger of yours says: ${quotedList(triggers.map(({ name }) => name))}.`
}
