/** What hangs on published relations of PostgreSQL. */
import type { RelationName } from '../graph/compile.ts'
import { listed, ProblemError } from '../problems.ts'
import { identifier, literal, sql, toText } from '../sql/sql.ts'
import type { Session } from './postgres_locks.ts'
import { stageSchema } from './postgres_stage.ts'
import type { StagedRelation } from './warehouse.ts'

/**
 * gwh's own views on relations that are to be replaced, by name; they are made anew.
 * @throws ProblemError `dependents_in_the_way` when others' views hang on them: gwh never drops those
 */
export async function ownViewsOn(
  session: Session,
  replaced: readonly RelationName[],
  all: readonly StagedRelation[],
): Promise<Map<string, RelationName>> {
  const ownViews = new Map<string, RelationName>()
  const foreign = new Map<string, string>()
  for (const relation of replaced) {
    for (const { schema, name } of await viewsOn(session, relation)) {
      const own = all.find((r) => r.published[0] === schema && r.name === name)
      if (own) ownViews.set(name, own.published)
      else if (schema !== stageSchema(relation[0] ?? '')) foreign.set(`${schema}.${name}`, relation.join('.'))
    }
  }
  if (foreign.size === 0) return ownViews
  throw new ProblemError({
    code: 'dependents_in_the_way',
    message: `The columns of ${listed(new Set(foreign.values()))} change, but views of yours read them: ${listed(foreign.keys())}.`,
    hint: [...foreign].every(([view, on]) => view.split('.')[0] === on.split('.')[0])
      ? 'Build those too, if they are models of yours (`--select name+`), or drop them; nothing has been changed.'
      : 'Drop those views (or build them as models of gwh) and build again; nothing has been changed.',
  })
}

/** Views that read a relation, directly or through other views. */
async function viewsOn(
  session: Session,
  relation: RelationName,
): Promise<{ schema: string; name: string }[]> {
  return session.query(
    toText(sql`
      with recursive
      hanging as (
        select r.ev_class as oid
        from pg_depend as d
        join pg_rewrite as r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
        where d.refobjid = to_regclass(${literal(toText(identifier(...relation)))}) and r.ev_class <> d.refobjid
        union
        select r.ev_class
        from hanging as h
        join pg_depend as d on d.refobjid = h.oid
        join pg_rewrite as r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
        where r.ev_class <> h.oid
      )
      select n.nspname as schema, c.relname as name
      from hanging as h
      join pg_class as c on c.oid = h.oid
      join pg_namespace as n on n.oid = c.relnamespace
      order by 1, 2
    `),
  )
}
