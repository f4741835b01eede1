/** What is taken over from a relation to the one that is made in its place. */
import { plural, ProblemError } from '../../problems.ts'
import { commentOn } from '../../sql/comments.ts'
import { type RelationName, identifier, sql, toText, trusted } from '../../sql/sql.ts'
import type { Session } from './locks.ts'
import { oidOf } from './names.ts'
import { rightsOn, setRights, type Right } from './rights.ts'
import { WarehouseError } from '../warehouse.ts'

export interface Belongings {
  readonly relation: RelationName
  readonly kind: 'table' | 'view'
  readonly owner: string
  readonly rights: readonly Right[]
  /** Of a view, such as `security_invoker=true`. */
  readonly options: readonly string[]
  /** Row-level security is turned on, which views cannot have. */
  readonly isSecured: boolean
  readonly comments: readonly { readonly column: string | null; readonly text: string }[]
}

export async function belongingsOf(session: Session, relation: RelationName): Promise<Belongings> {
  const oid = oidOf(relation)
  const [found] = await session.query<{
    owner: string
    view: boolean
    options: string[]
    secured: boolean
  }>(
    toText(sql`
      select
        cast(pg_get_userbyid(relowner) as text) as owner,
        relkind = 'v' as view,
        coalesce(reloptions, '{}') as options,
        relrowsecurity as secured
      from pg_class
      where oid = ${oid}
    `),
  )
  const comments = await session.query<Belongings['comments'][number]>(
    toText(sql`
      select a.attname as column, d.description as text
      from pg_description as d
      left join pg_attribute as a on a.attrelid = d.objoid and a.attnum = d.objsubid and a.attnum > 0
      where d.objoid = ${oid} and d.classoid = 'pg_class'::regclass
    `),
  )
  return {
    relation,
    kind: found?.view ? 'view' : 'table',
    owner: found?.owner ?? '',
    rights: await rightsOn(session, relation),
    options: found?.options ?? [],
    isSecured: found?.secured ?? false,
    comments,
  }
}

/** @throws ProblemError `dependents_in_the_way` where a table restricts who sees which rows, which a view cannot */
export function refuseSecured({ relation, isSecured }: Belongings): void {
  if (!isSecured) return
  throw new ProblemError({
    code: 'dependents_in_the_way',
    message: `\`${relation.join('.')}\` becomes a view, which cannot have the row-level security that is turned on for the table.`,
    fix: 'Let it be a table, or turn row-level security off; nothing has been changed.',
  })
}

/**
 * Gives a relation that was made anew what the one before it had.
 * @returns what there is to tell of it
 */
export async function carryOver(
  session: Session,
  had: Belongings,
  kind: 'table' | 'view',
): Promise<string[]> {
  const { relation, owner, rights } = had
  const name = relation.join('.')
  const now = await belongingsOf(session, relation)
  const columns = new Set(((await session.columns(relation)) ?? []).map((column) => column.name))
  try {
    const ofTable = sql`alter ${trusted(kind)} ${identifier(...relation)}`
    if (now.owner !== owner) await session.execute(toText(sql`${ofTable} owner to ${identifier(owner)}`))
    await setRights(
      session,
      relation,
      rights.filter(({ column }) => column === null || columns.has(column)),
    )
  } catch (error) {
    if (!(error instanceof WarehouseError) || error.refusal !== 'not_allowed') throw error
    throw new ProblemError({
      code: 'dependents_in_the_way',
      message: `\`${name}\` has to be created again, and its owner \`${owner}\` and its grants cannot be carried over by the role that builds.`,
      cause: error.message,
      fix: `Let the role that builds be a member of \`${owner}\`, or drop \`${name}\`; nothing has been changed.`,
    })
  }
  for (const { column, text } of had.comments) {
    if (column !== null && !columns.has(column)) continue
    await session.execute(toText(commentOn(kind, relation, { column, text })))
  }
  return [
    ...carried(had, kind, now.owner !== owner),
    ...rights
      .filter(({ column }) => column !== null && !columns.has(column))
      .map((right) => lostRight(relation, right)),
    ...(had.kind !== kind && had.options.length > 0
      ? [`\`${name}\` is a ${kind} now and has left its settings behind: ${had.options.join(', ')}.`]
      : []),
  ]
}

/** What there is to tell of a grant that went with its column. */
export const lostRight = (relation: RelationName, { role, privilege, column }: Right): string =>
  `\`${relation.join('.')}\` has no column \`${column ?? ''}\` any more, and with it went the grant of ${privilege.toLowerCase()} to \`${role ?? 'public'}\`.`

export async function viewOptions(session: Session, view: RelationName): Promise<readonly string[]> {
  const [found] = await session.query<{ options: string[] | null }>(
    toText(sql`select reloptions as options from pg_class where oid = ${oidOf(view)}`),
  )
  return found?.options ?? []
}

function carried(
  { relation, kind: before, owner, rights, options }: Belongings,
  kind: string,
  isOthers: boolean,
) {
  const granted = rights.filter(({ role }) => role !== owner).length
  const parts = [
    ...(granted > 0 ? [plural(granted, 'grant')] : []),
    ...(isOthers ? [`its owner \`${owner}\``] : []),
    ...(before === kind && options.length > 0 ? [`its settings (${options.join(', ')})`] : []),
  ]
  if (parts.length === 0) return []
  return [`\`${relation.join('.')}\` was made anew; carried over: ${parts.join(', ')}.`]
}

/** `with (security_invoker = true)` of a view, which `create or replace` would otherwise forget. */
export function withOptions(options: readonly string[]) {
  if (options.length === 0) return trusted('')
  const settings = options.map((option) => {
    const [name = '', ...value] = option.split('=')
    return `${name} = ${value.join('=')}`
  })
  return trusted(` with (${settings.join(', ')})`)
}
