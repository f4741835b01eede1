/** Puts the rows of a staged table into the published one: all of them anew, or only those that differ. */
import { quotedList, plural, ProblemError, thousands } from '../../problems.ts'
import { type RelationName, identifier, join, sql, toText, type Sql } from '../../sql/sql.ts'
import { columnList } from './names.ts'
import type { Session } from './locks.ts'
import type { ForeignKey, RowEvent, Watchers } from './watchers.ts'
import type { StagedRelation } from '../warehouse.ts'

export async function emptyTable(session: Session, table: RelationName): Promise<void> {
  await session.execute(toText(sql`delete from only ${identifier(...table)}`))
}

/** The rows of the staged table into the published one, which is empty. */
export async function fillTable(session: Session, { staged, published }: StagedRelation): Promise<void> {
  const names = columnList(await columnNames(session, staged))
  await session.execute(
    toText(sql`
      insert into ${identifier(...published)} (${names})
      select ${names}
      from ${identifier(...staged)}
    `),
  )
}

const columnNames = async (session: Session, relation: RelationName): Promise<string[]> =>
  ((await session.columns(relation)) ?? []).map(({ name }) => name)

export interface DiffInput {
  readonly relation: StagedRelation
  readonly watchers: Watchers
  /** Columns that others have added to the table. */
  readonly foreignColumns: readonly string[]
}

/**
 * Deletes the rows that are gone, changes those that differ and adds those that are new, so that nothing of others
 * is told of rows that stay. Both tables have the same columns by now, but for those of others.
 * @returns what has been told to whom
 * @throws ProblemError `dependents_in_the_way` where rows of others would change, or where rows cannot be told apart
 */
export async function changeRows(session: Session, input: DiffInput): Promise<string[]> {
  const { staged, published } = input.relation
  // Else rows that others write meanwhile would go, with what refers to them, and nobody would have looked at them.
  if (input.watchers.foreignKeys.length > 0)
    await session.execute(
      toText(sql`lock table only ${identifier(...published)} in share row exclusive mode`),
    )
  const names = await columnNames(session, staged)
  const key = await keyOf(session, input)
  if (key === undefined) refuseKeyless(input)
  else for (const foreignKey of input.watchers.foreignKeys) await refuseHarm(session, foreignKey, input, key)
  const statements =
    key === undefined ? wholeRows(staged, published, names) : byKey(staged, published, names, key)
  const counts: Partial<Record<RowEvent, number>> = {}
  for (const { event, isNeeded, statement } of statements) {
    // A trigger for statements is called by one that finds no rows, too.
    const [needed] = await session.query<{ needed: boolean }>(
      toText(sql`select exists (${isNeeded}) as needed`),
    )
    if (!needed?.needed) continue
    // A rule reads the rows once more, after they have been inserted: of the rows that are missing none is left then.
    const isRead = event === 'insert' && input.watchers.rules.some((rule) => rule.event === 'insert')
    counts[event] = isRead
      ? await insertKept(session, input.relation, names, isNeeded)
      : await session.change(toText(statement))
  }
  if (input.watchers.triggers.length > 0) await refuseOtherRows(session, input, statements)
  return notesOf(input, counts)
}

/** Inserts rows out of a table of their own, which stays the same while they are inserted. */
async function insertKept(
  session: Session,
  { staged, published }: StagedRelation,
  names: readonly string[],
  missing: Sql,
): Promise<number> {
  const [schema = ''] = staged
  const kept = identifier(schema, 'rows_to_insert')
  await session.execute(toText(sql`create table ${kept} as ${missing}`))
  const count = await session.change(
    toText(sql`
      insert into ${identifier(...published)} (${columnList(names)})
      select ${columnList(names)} from ${kept}
    `),
  )
  await session.execute(toText(sql`drop table ${kept}`))
  return count
}

/**
 * A trigger may skip a row or write another one; what is published would not be what was built and tested.
 * @throws ProblemError `dependents_in_the_way` where the table has not the rows that it should have
 */
async function refuseOtherRows(
  session: Session,
  { relation: { published }, watchers: { triggers } }: DiffInput,
  statements: readonly Statement[],
): Promise<void> {
  for (const { isNeeded } of statements) {
    const [other] = await session.query<{ found: boolean }>(toText(sql`select exists (${isNeeded}) as found`))
    if (!other?.found) continue
    const table = published.join('.')
    throw new ProblemError({
      code: 'dependents_in_the_way',
      message: `\`${table}\` cannot be refilled: a trigger of yours lets it have other rows than those that were built: ${quotedList(triggers.map(({ name }) => name))}.`,
      fix: 'Drop that trigger, or let it write the rows of gwh as they are; nothing has been changed.',
    })
  }
}

interface Statement {
  readonly event: RowEvent
  /** The rows that it is about; for an insert with all of their columns. */
  readonly isNeeded: Sql
  readonly statement: Sql
}

/** Columns of a row as one text, which any type has, and which can be hashed; nulls are equal. */
const textOf = (alias: string, names: readonly string[]): Sql =>
  sql`cast(row(${join(
    names.map((name) => identifier(alias, name)),
    ', ',
  )}) as text)`

function byKey(
  staged: RelationName,
  published: RelationName,
  names: readonly string[],
  key: readonly string[],
): Statement[] {
  const [from, to] = [identifier(...staged), identifier(...published)]
  const others = names.filter((name) => !key.includes(name))
  const same = sql`${textOf('s', key)} = ${textOf('p', key)}`
  const differs = sql`${same} and ${textOf('s', others)} <> ${textOf('p', others)}`
  const gone = sql`not exists (select 1 from ${from} as s where ${same})`
  const isNew = sql`not exists (select 1 from only ${to} as p where ${same})`
  const set = join(
    others.map((name) => sql`${identifier(name)} = ${identifier('s', name)}`),
    ', ',
  )
  return [
    {
      event: 'delete',
      isNeeded: sql`select 1 from only ${to} as p where ${gone}`,
      statement: sql`delete from only ${to} as p where ${gone}`,
    },
    ...(others.length === 0
      ? []
      : [
          {
            event: 'update' as const,
            isNeeded: sql`select 1 from only ${to} as p join ${from} as s on ${differs}`,
            statement: sql`update only ${to} as p set ${set} from ${from} as s where ${differs}`,
          },
        ]),
    {
      event: 'insert',
      isNeeded: sql`select ${columnList(names)} from ${from} as s where ${isNew}`,
      statement: sql`
        insert into ${to} (${columnList(names)})
        select ${columnList(names)} from ${from} as s where ${isNew}
      `,
    },
  ]
}

/** Where nothing tells rows apart: those that are equal are counted. */
function wholeRows(staged: RelationName, published: RelationName, names: readonly string[]): Statement[] {
  const numbered = (table: Sql) => sql`
    select t.ctid as place, ${textOf('t', names)} as text, row_number() over (partition by ${textOf('t', names)}) as n
    from ${table} as t
  `
  const [from, to] = [identifier(...staged), identifier(...published)]
  const missing = (rows: Sql, others: Sql) => sql`
    select r.place
    from (${numbered(rows)}) as r
    where not exists (select 1 from (${numbered(others)}) as o where o.text = r.text and o.n = r.n)
  `
  const gone = missing(sql`only ${to}`, from)
  const isNew = missing(from, sql`only ${to}`)
  return [
    {
      event: 'delete',
      isNeeded: gone,
      statement: sql`delete from only ${to} where ctid in (${gone})`,
    },
    {
      event: 'insert',
      isNeeded: sql`select ${columnList(names)} from ${from} where ctid in (${isNew})`,
      statement: sql`
        insert into ${to} (${columnList(names)})
        select ${columnList(names)} from ${from} where ctid in (${isNew})
      `,
    },
  ]
}

/** What tells the rows of both tables apart: the grain, or else what all foreign keys refer to. */
async function keyOf(
  session: Session,
  { relation, watchers }: DiffInput,
): Promise<readonly string[] | undefined> {
  const referenced = watchers.foreignKeys.map((foreignKey) => [...foreignKey.referenced].sort().join(', '))
  const candidates = [
    relation.grain,
    ...(new Set(referenced).size === 1 ? watchers.foreignKeys.slice(0, 1).map((f) => f.referenced) : []),
  ]
  const names = await columnNames(session, relation.staged)
  for (const key of candidates) {
    if (key.length === 0 || key.some((name) => !names.includes(name))) continue
    const isKey =
      (await tellsApart(session, relation.staged, key)) &&
      (await tellsApart(session, relation.published, key))
    if (isKey) return key
  }
  return undefined
}

async function tellsApart(session: Session, table: RelationName, key: readonly string[]): Promise<boolean> {
  const text = textOf('t', key)
  const [row] = await session.query<{ unique: boolean }>(
    toText(sql`
      select count(*) = count(distinct ${text}) as unique
      from only ${identifier(...table)} as t
    `),
  )
  return row?.unique ?? false
}

/** @throws ProblemError `dependents_in_the_way` where equal rows cannot be told apart, and it matters */
function refuseKeyless({ relation: { published }, watchers, foreignColumns }: DiffInput): void {
  const table = published.join('.')
  const hanging = [
    ...watchers.foreignKeys.map(
      ({ name, table: of }) => `the foreign key \`${name}\` of \`${of.join('.')}\``,
    ),
    ...foreignColumns.map((name) => `the column \`${name}\``),
  ]
  if (hanging.length === 0) return
  throw new ProblemError({
    code: 'dependents_in_the_way',
    message: `\`${table}\` cannot be refilled without loss of what hangs on its rows: ${hanging.join(', ')}.`,
    cause: 'Nothing is known to tell its rows apart, so none of them can be kept.',
    fix: 'Drop what is named, or attach it to a relation whose rows have a unique key; nothing has been changed.',
  })
}

/**
 * Rows that are referred to and that would go, or would not be the same any more. Whoever has referred to one of them
 * and has not committed yet is waited for; from then on nobody can.
 * @throws ProblemError `dependents_in_the_way` with their number
 */
async function refuseHarm(
  session: Session,
  { name, table, columns, referenced, onDelete, isReadable }: ForeignKey,
  { relation: { staged, published } }: DiffInput,
  key: readonly string[],
): Promise<void> {
  const goes = sql`
    not exists (
      select 1 from ${identifier(...staged)} as s
      where ${textOf('s', key)} = ${textOf('p', key)} and ${textOf('s', referenced)} = ${textOf('p', referenced)}
    )
  `
  const refers = columns.map(
    (column, i) => sql`${identifier('c', column)} = ${identifier('p', referenced[i] ?? '')}`,
  )
  // The statement that counts sees what was committed meanwhile, and not this one.
  await session.query(
    toText(sql`
      select count(*) as rows
      from (select 1 from only ${identifier(...published)} as p where ${goes} for update) as locked
    `),
  )
  const [harmed] = await session.query<{ rows: number }>(
    toText(
      isReadable
        ? sql`
            select count(*) as rows
            from ${identifier(...table)} as c
            join only ${identifier(...published)} as p on ${join(refers, ' and ')}
            where ${goes}
          `
        : sql`select count(*) as rows from only ${identifier(...published)} as p where ${goes}`,
    ),
  )
  const rows = Number(harmed?.rows ?? 0)
  if (rows === 0) return
  const does = ['no action', 'restrict'].includes(onDelete)
    ? 'forbids that'
    : `would ${onDelete === 'cascade' ? 'delete' : 'change'} them (\`on delete ${onDelete}\`)`
  throw new ProblemError({
    code: 'dependents_in_the_way',
    message: isReadable
      ? `${plural(rows, 'row')} of \`${table.join('.')}\` ${rows === 1 ? 'refers' : 'refer'} to rows of \`${published.join('.')}\` that are gone now, and the foreign key \`${name}\` ${does}.`
      : `${plural(rows, 'row')} of \`${published.join('.')}\` ${rows === 1 ? 'is' : 'are'} gone now, and rows of \`${table.join('.')}\`, which cannot be looked at, may refer to them by the foreign key \`${name}\`.`,
    fix: isReadable
      ? 'Delete those rows, let them refer to others, or drop the foreign key; nothing has been changed.'
      : `Grant the role that builds \`select\` on \`${table.join('.')}\`, so that it can look, or drop the foreign key; nothing has been changed.`,
  })
}

const DONE: Record<RowEvent, string> = { delete: 'deleted', update: 'changed', insert: 'new' }

function notesOf(
  { relation: { published }, watchers, foreignColumns }: DiffInput,
  counts: Partial<Record<RowEvent, number>>,
): string[] {
  const table = published.join('.')
  const told = (events: readonly RowEvent[]) =>
    events
      .filter((event) => (counts[event] ?? 0) > 0)
      .map((event) => `${thousands(counts[event] ?? 0)} ${DONE[event]}`)
  const all: RowEvent[] = ['delete', 'update', 'insert']
  const deleted = counts.delete ?? 0
  return [
    ...watchers.triggers.flatMap(({ name, isForRows, hasCondition, events }) => {
      const rows = told(all.filter((event) => events.includes(event)))
      const lets = hasCondition ? ' that its `when` lets through' : ''
      const how = isForRows ? `for each of these rows${lets}` : 'once for each kind of these rows'
      return rows.length === 0
        ? []
        : [`The trigger \`${name}\` on \`${table}\` ran ${how}: ${rows.join(', ')}.`]
    }),
    ...watchers.rules.flatMap(({ name, event }) =>
      told([event]).map((rows) => `The rule \`${name}\` on \`${table}\` was applied to: ${rows}.`),
    ),
    ...(foreignColumns.length === 0 || deleted === 0
      ? []
      : [
          `${plural(deleted, 'row')} of \`${table}\` went with the values of ${foreignColumns.map((name) => `\`${name}\``).join(', ')}, which gwh did not make.`,
        ]),
  ]
}
