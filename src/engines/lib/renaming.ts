/** Members of JSON objects under other names, on any engine. */
import { join, sql, type Sql } from '../../sql/sql.ts'

/** By new name: the old ones, the one that counts first. Of several members that get one name the last has it. */
export function newMembers(
  renamed: readonly (readonly [from: string, to: string])[],
): [to: string, froms: string[]][] {
  const members = new Map<string, string[]>()
  for (const [from, to] of renamed) members.set(to, [from, ...(members.get(to) ?? [])])
  return [...members]
}

export const coalesced = (values: readonly Sql[]): Sql =>
  values.length === 1 ? (values[0] ?? sql`null`) : sql`coalesce(${join(values, ', ')})`
