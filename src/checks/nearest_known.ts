/** Names that nothing has, with the one that exists and is written most like them. */
import type { SqlFunctions } from '../engines/index.ts'
import { nearest } from '../problems.ts'
import { join, literal, sql, type Sql } from '../sql/sql.ts'
import type { Row } from './check.ts'
import { visibly } from './sentences.ts'

export interface Named {
  readonly written: string
  /** Where the project writes it. */
  readonly place: string
}

/** Between names in one text: nothing that a name has in it. */
const UNIT = sql`chr(31)`

/**
 * Rows with `place` and `written`, for what is not among the known names, and with those of them that could be
 * meant as `known`. None where no name is known: then nothing is there at all, which is told of elsewhere.
 * @param known a query of names as `name`; those that are null are none
 */
export const notKnown = (terms: readonly Named[], known: Sql, fn: SqlFunctions): Sql => sql`
  with
  named as (
    ${join(
      terms.map(
        ({ place, written }, i) =>
          sql`select ${literal(i)} as nth, ${literal(place)} as place, ${literal(written)} as written`,
      ),
      '\nunion all\n',
    )}
  ),
  known_names as (
    select distinct name
    from (
      ${known}
    ) as names
    where name is not null
  )
  select n.place, n.written, ${couldBeMeant(sql`n.written`, fn)} as known
  from named as n
  where not exists (select 1 from known_names as k where k.name = n.written)
    and exists (select 1 from known_names)
  order by n.nth
`

/** Of the relation `known_names`, those of about the same length, in one text: the most alike first, and not all of many. */
export const couldBeMeant = (written: Sql, fn: SqlFunctions): Sql => sql`
  (
    select string_agg(alike.name, ${UNIT} order by ${fn.byBytes(sql`alike.name`)})
    from (
      select k.name
      from known_names as k
      where abs(length(k.name) - length(${written})) <= ${fn.greatestOf([sql`2`, sql`length(${written}) / 3`])}
      order by case when lower(k.name) = lower(${written}) then 0 else 1 end, ${fn.byBytes(sql`k.name`)}
      limit 1000
    ) as alike
  )
`

/**
 * A condition: a known name `k.name` is so much like what is written that it is likely to be meant. Case, spaces and
 * hyphens apart they are the same, or they differ in one place only, by two letters at most.
 */
export function isNear(written: string, fn: SqlFunctions): Sql {
  const [name, given] = [fn.folded(sql`k.name`), fn.folded(literal(written))]
  const spelled = (text: Sql) => fn.joined(fn.folded(fn.trimmed(text)))
  const alike = sql`${spelled(sql`k.name`)} = ${spelled(literal(written))}`
  // Short names are near to nearly everything.
  if (written.length <= 3) return alike
  const ends = fn.sharedStart(sql`reverse(${name})`, sql`reverse(${given})`)
  return sql`
    (
      ${alike}
      or ${fn.sharedStart(name, given)} + ${ends}
        >= ${fn.greatestOf([sql`length(${name})`, sql`length(${given})`])} - ${literal(written.length === 4 ? 1 : 2)}
    )
  `
}

/** `; the nearest is 'Login'`, or nothing. */
export function nearestKnown(row: Row): string {
  const { written } = row
  const near =
    typeof written === 'string'
      ? // an empty name is like all short ones, and nobody's spelling of them
        nearest(
          written,
          namesOf(row).filter((name) => name !== ''),
        )
      : undefined
  return near === undefined ? '' : `; the nearest is ${visibly(near)}`
}

/** Whether what is written is there as well. */
export const isKnown = (row: Row): boolean =>
  typeof row['written'] === 'string' && namesOf(row).includes(row['written'])

const namesOf = ({ known }: Row): string[] => (typeof known === 'string' ? known.split('\u001f') : [])
