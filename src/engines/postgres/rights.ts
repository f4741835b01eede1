/** Who may do what with a relation of PostgreSQL: rights as they are, and as a project wants them. */
import { type RelationName, identifier, literal, sql, toText, trusted } from '../../sql/sql.ts'
import type { Session } from './locks.ts'
import { oidOf } from './names.ts'

export interface Right {
  /** Null for everybody (`public`). */
  readonly role: string | null
  /** In capitals: SELECT, INSERT, … */
  readonly privilege: string
  /** Null for the whole relation. */
  readonly column: string | null
  /** Whether the role may grant it to others. */
  readonly grantable: boolean
}

/** All rights on a relation and its columns, with those that its owner has by default. */
export function rightsOn(session: Session, relation: RelationName): Promise<Right[]> {
  const oid = oidOf(relation)
  return session.query<Right>(
    toText(sql`
      select distinct
        case when x.grantee <> 0 then cast(pg_get_userbyid(x.grantee) as text) end as role,
        x.privilege_type as privilege,
        x.column,
        x.is_grantable as grantable
      from (
        select null as column, acl.*
        from pg_class as c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) as acl
        where c.oid = ${oid}
        union all
        select cast(a.attname as text), acl.*
        from pg_attribute as a, aclexplode(a.attacl) as acl
        where a.attrelid = ${oid} and a.attnum > 0 and not a.attisdropped
      ) as x
      order by 1, 2, 3
    `),
  )
}

const sameRight = (a: Right, b: Right) =>
  a.role === b.role && a.privilege === b.privilege && a.column === b.column && a.grantable === b.grantable

const textOf = ({ privilege, column }: Right) =>
  column === null ? trusted(privilege) : sql`${trusted(privilege)} (${identifier(column)})`

const roleOf = (role: string | null) => (role === null ? trusted('public') : identifier(role))

export async function grant(session: Session, relation: RelationName, right: Right): Promise<void> {
  await session.execute(
    toText(
      sql`grant ${textOf(right)} on ${identifier(...relation)} to ${roleOf(right.role)}${right.grantable ? sql` with grant option` : sql``}`,
    ),
  )
}

export async function revoke(session: Session, relation: RelationName, right: Right): Promise<void> {
  await session.execute(
    toText(sql`revoke ${textOf(right)} on ${identifier(...relation)} from ${roleOf(right.role)} cascade`),
  )
}

/** Gives a relation exactly these rights, whatever default privileges have given it. */
export async function setRights(
  session: Session,
  relation: RelationName,
  rights: readonly Right[],
): Promise<void> {
  const present = await rightsOn(session, relation)
  for (const right of present)
    if (!rights.some((wanted) => sameRight(wanted, right))) await revoke(session, relation, right)
  const left = await rightsOn(session, relation)
  for (const right of rights)
    if (!left.some((had) => sameRight(had, right))) await grant(session, relation, right)
}

/** What `alter default privileges in schema` gives tables that the role makes there. */
const rightsByDefault = (session: Session, schema: string): Promise<Right[]> =>
  session.query<Right>(
    toText(sql`
      select
        case when acl.grantee <> 0 then cast(pg_get_userbyid(acl.grantee) as text) end as role,
        acl.privilege_type as privilege,
        cast(null as text) as column,
        acl.is_grantable as grantable
      from pg_default_acl as d
      join pg_namespace as n on n.oid = d.defaclnamespace
      join pg_roles as r on r.oid = d.defaclrole
      cross join aclexplode(d.defaclacl) as acl
      where d.defaclobjtype = 'r' and n.nspname = ${literal(schema)} and r.rolname = current_user
      order by 1, 2
    `),
  )

/** Gives a table the rights that it would have if it had been made where it was moved to. */
export async function grantDefaults(session: Session, relation: RelationName): Promise<void> {
  const wanted = await rightsByDefault(session, relation[0] ?? '')
  if (wanted.length === 0) return
  const present = await rightsOn(session, relation)
  for (const right of wanted)
    if (!present.some((had) => sameRight(had, right))) await grant(session, relation, right)
}

/** Of the words of a project, `{select: [bi]}`, the rights on a whole relation. */
export function rightsOf(grants: Readonly<Record<string, readonly string[]>>): Right[] {
  return Object.entries(grants).flatMap(([privilege, roles]) =>
    roles.map((role) => ({
      role: role.toLowerCase() === 'public' ? null : role,
      privilege: privilege.toUpperCase(),
      column: null,
      grantable: false,
    })),
  )
}
