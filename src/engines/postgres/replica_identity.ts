/**
 * A publication sends changes and removals of rows only where rows have an identity: a primary key, an index that was
 * chosen, or all columns. Without one PostgreSQL refuses to change rows of the table at all.
 */
import { quotedList, ProblemError } from '../../problems.ts'
import { identifier, literal, sql, toText, type RelationName, type Sql } from '../../sql/sql.ts'
import { OWN_PREFIX } from '../own.ts'
import { WarehouseError, type PublishNote } from '../warehouse.ts'
import type { Session } from './locks.ts'
import { oidOf } from './names.ts'

/** Whether a row of pg_class has no identity. */
const HAS_NONE = sql`
  (
    c.relreplident = 'n'
    or (
      c.relreplident = 'd'
      and not exists (select 1 from pg_index as i where i.indrelid = c.oid and i.indisprimary)
    )
  )
`

/** Gives gwh's own tables an identity once, so that a publication of all tables does not stop a run. */
export const identifyOwnTables = (schema: string): Sql => {
  // Where everything is in one schema, other tables in it are relations of the project.
  const own = schema.endsWith('_gwh') ? sql`true` : sql`starts_with(c.relname, ${literal(OWN_PREFIX)})`
  return sql`
    do $$
      declare
        own regclass;
      begin
        for own in
          select c.oid
          from pg_class as c
          join pg_namespace as n on n.oid = c.relnamespace
          where n.nspname = ${literal(schema)}
            and ${own}
            and c.relkind = 'r'
            and pg_has_role(c.relowner, 'usage')
            and ${HAS_NONE}
        loop
          execute format('alter table %s replica identity full', own);
        end loop;
      end
    $$
  `
}

/** Published tables that were given an identity by one publishing. */
export class Identities {
  readonly #tables = new Map<string, string[]>()

  /** Gives a table an identity where a publication sends changes of its rows and it has none. */
  async give(session: Session, table: RelationName): Promise<void> {
    const [found] = await session.query<{ publication: string }>(
      toText(sql`
        select p.pubname as publication
        from pg_publication as p
        join pg_publication_tables as t on t.pubname = p.pubname
        join pg_class as c on c.oid = ${oidOf(table)}
        -- of a partition the publication may only name the table that it is a part of
        join (
          select c.oid, n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        ) as named on named.nspname = t.schemaname and named.relname = t.tablename
          and (named.oid = c.oid or named.oid in (select relid from pg_partition_ancestors(c.oid)))
        where (p.pubupdate or p.pubdelete) and ${HAS_NONE}
        order by 1
        limit 1
      `),
    )
    if (found === undefined) return
    await session.execute(toText(sql`alter table ${identifier(...table)} replica identity full`))
    const { publication } = found
    this.#tables.set(publication, [...(this.#tables.get(publication) ?? []), table.join('.')])
  }

  /** What was done, one note for each publication. */
  notes(): PublishNote[] {
    return [...this.#tables].map(([publication, tables]) => ({
      text: `The publication \`${publication}\` sends changes of rows, for which they need an identity: the replica identity is \`full\` now for ${quotedList(tables)}. With \`primary_key: true\` it is the key.`,
    }))
  }
}

/**
 * What a publication has to do with it that rows cannot be changed; else the error as it is, for other refusals have
 * the same codes.
 */
export const refusedByPublication = (error: unknown, table: RelationName): unknown =>
  error instanceof WarehouseError &&
  (error.code === '42P10' || error.code === '55000') &&
  /publication|replica identity/.test(error.message)
    ? new ProblemError({
        code: 'dependents_in_the_way',
        ...(/does not have a replica identity/.test(error.message)
          ? {
              message: `\`${table.join('.')}\` cannot be refilled: a publication sends changes of it, and its rows have no identity. ${error.message}`,
              fix: `Give them one (\`alter table ${table.join('.')} replica identity full\`), or take the table out of the publication.`,
            }
          : {
              message: `\`${table.join('.')}\` cannot be refilled: a publication sends changes of it, and not the columns that tell its rows apart. ${error.message}`,
              fix: 'Let the publication send all columns of the table, or those of its key and set `primary_key: true`; or take the table out of it.',
            }),
      })
    : error
