/**
 * When two spellings stand for one thing, and what it is that they differ in. Two texts are near misses when
 * they are equal without the differences that are looked for; a difference is named when they are not equal
 * without all others.
 */
import type { SqlFunctions } from '../../engines/index.ts'
import { join, literal, sql, type Sql } from '../../sql/sql.ts'

export type Difference = 'case' | 'white space' | 'Unicode form' | 'number format' | 'separators'

/** Ids: separators are part of an id, `a-b` and `ab` are two. */
export const OF_IDS = ['Unicode form', 'white space', 'case', 'number format'] as const
/** Names of events and properties: `Sign Up`, `sign_up` and `signUp` are one. */
export const OF_NAMES = ['Unicode form', 'white space', 'case', 'separators'] as const

const without = (fn: SqlFunctions): Record<Difference, (text: Sql) => Sql> => ({
  case: fn.folded,
  'white space': fn.trimmed,
  'Unicode form': fn.composed,
  'number format': fn.plainNumber,
  separators: fn.joined,
})

/** Text in which near misses are equal. */
export const alike = (fn: SqlFunctions, text: Sql, differences: readonly Difference[]): Sql =>
  differences.reduce((plain, difference) => without(fn)[difference](plain), text)

/** What two near misses differ in: `case`, or `case, white space`. */
export function differsIn(fn: SqlFunctions, one: Sql, other: Sql, differences: readonly Difference[]): Sql {
  const needed = differences.map((difference) => {
    const others = differences.filter((d) => d !== difference)
    // A blank at the end is a separator as well, and would go without being named.
    const text =
      difference === 'white space' && others.includes('separators')
        ? (spelling: Sql) => ends(fn, spelling)
        : (spelling: Sql) => alike(fn, spelling, others)
    return sql`case when ${text(one)} <> ${text(other)} then ${literal(difference)} end`
  })
  return sql`
    concat_ws(
      ', ',
      ${join(needed, ',\n')}
    )
  `
}

/** The white space at the ends, with a mark between both ends. */
const ends = (fn: SqlFunctions, text: Sql): Sql => sql`replace(${text}, ${fn.trimmed(text)}, '.')`
