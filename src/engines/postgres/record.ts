/** What gwh itself has made of a relation on PostgreSQL, so that it can tell it from what others have made. */
import { ownRelation } from '../own.ts'
import { type RelationName, identifier, join, literal, sql, toText } from '../../sql/sql.ts'
import type { Session } from './locks.ts'
import type { Right } from './rights.ts'

/** Columns, and grants as `SELECT to bi`. */
export interface OwnParts {
  readonly columns: ReadonlySet<string>
  readonly grants: readonly Right[]
}

const tableOf = ({ single_schema }: Session, schema: string) =>
  identifier(...ownRelation({ schema, single_schema }, 'parts'))

/** By name of a relation; nothing is known of those that were published before there was such a record. */
export async function ownParts(session: Session, schema: string): Promise<Map<string, OwnParts>> {
  await session.execute(
    toText(
      sql`create table if not exists ${tableOf(session, schema)} (relation text, kind text, name text, role text)`,
    ),
  )
  const rows = await session.query<{ relation: string; kind: string; name: string; role: string | null }>(
    toText(sql`select relation, kind, name, role from ${tableOf(session, schema)}`),
  )
  const relations = new Set(rows.map(({ relation }) => relation))
  return new Map(
    [...relations].map((relation) => {
      const of = (kind: string) => rows.filter((row) => row.relation === relation && row.kind === kind)
      const grants = of('grant').map(({ name, role }) => ({
        role,
        privilege: name,
        column: null,
        grantable: false,
      }))
      return [relation, { columns: new Set(of('column').map(({ name }) => name)), grants }]
    }),
  )
}

const textOf = ({ columns, grants }: OwnParts) =>
  JSON.stringify([
    [...columns].sort(),
    grants.map(({ role, privilege }) => `${privilege} ${role ?? ''}`).sort(),
  ])

export async function recordParts(
  session: Session,
  [schema = '', relation = '']: RelationName,
  parts: OwnParts,
  before: OwnParts | undefined,
): Promise<void> {
  if (before && textOf(before) === textOf(parts)) return
  const { columns, grants } = parts
  await session.execute(
    toText(sql`delete from ${tableOf(session, schema)} where relation = ${literal(relation)}`),
  )
  const rows = [
    ...[...columns].map((name) => ['column', name, null] as const),
    ...grants.map(({ privilege, role }) => ['grant', privilege, role] as const),
  ]
  if (rows.length === 0) return
  const values = rows.map(
    ([kind, name, role]) => sql`(${literal(relation)}, ${literal(kind)}, ${literal(name)}, ${literal(role)})`,
  )
  await session.execute(toText(sql`insert into ${tableOf(session, schema)} values ${join(values, ',\n')}`))
}
