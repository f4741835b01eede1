/** The names of version 0.1 beside those that came after them. */
import { identifier, join, sql } from '../sql/sql.ts'
import type { Catalog } from './catalog.ts'
import type { ColumnDoc, ModelContext, ModelDefinition } from './model.ts'
import { GROUP_KEY, GOES_WITH, RENAMED_COLUMNS, RENAMED_RELATIONS } from './renames.ts'
import type { Report } from './report.ts'
import { withFields } from './with_fields.ts'

const maps = new WeakMap<Catalog['groupKeys'], ReadonlyMap<string, string>>()

/** The relations of a project that were renamed, old name to new name. */
function renamedRelations({ groupKeys }: Pick<Catalog, 'groupKeys'>): ReadonlyMap<string, string> {
  const before = maps.get(groupKeys)
  if (before) return before
  const made = new Map(
    Object.entries(RENAMED_RELATIONS).flatMap(([old, now]): [string, string][] =>
      old.includes('<noun>')
        ? groupKeys.map(({ noun }) => [old.replace('<noun>', noun), now.replace('<noun>', noun)])
        : [[old, now]],
    ),
  )
  maps.set(groupKeys, made)
  return made
}

/** The name that a relation has now, where a project calls it by its old one. */
export const currentName = (name: string, catalog: Pick<Catalog, 'groupKeys' | 'project'>): string =>
  catalog.project.deprecated_names ? (renamedRelations(catalog).get(name) ?? name) : name

/**
 * A model with its old name and its renamed columns under theirs, unless the project wants none.
 * @param report that it belongs to
 */
export function withOldNames(model: ModelDefinition, catalog: Catalog, report?: Report): ModelDefinition {
  if (!catalog.project.deprecated_names) return model
  const kind = report === undefined ? model.name : `${report.type}${model.name.slice(report.name.length)}`
  const formerly =
    report === undefined
      ? [...renamedRelations(catalog)].find(([, now]) => now === model.name)?.[0]
      : undefined
  return withOldColumns(withFields(model, { formerly }), RENAMED_COLUMNS[kind] ?? {}, report)
}

function withOldColumns(
  model: ModelDefinition,
  renamed: Readonly<Record<string, string>>,
  report: Report | undefined,
): ModelDefinition {
  const keyName = report?.by?.kind === 'group' ? report.by.key.name : undefined
  const old = Object.entries(renamed).flatMap(([before, after]): [string, string][] => {
    const now = after === GROUP_KEY ? keyName : after
    // A relation that could not take the new name has the old one still.
    const isTaken = Object.keys(model.columns).some((name) => name.toLowerCase() === before)
    return now === undefined || isTaken ? [] : [[before, now]]
  })
  if (old.length === 0) return model
  const docs = old.map(([before, now]): [string, ColumnDoc] => [
    before,
    {
      type: model.columns[now]?.type ?? 'text',
      description: `Old name of ${now}; goes with version ${GOES_WITH}.`,
      oldNameOf: now,
    },
  ])
  return withFields(model, {
    columns: withFields(model.columns, Object.fromEntries(docs)),
    select: (c: ModelContext) => sql`
      select
        named.*,
        -- names of version 0.1
        ${join(
          old.map(([before, now]) => sql`named.${identifier(now)} as ${identifier(before)}`),
          ',\n',
        )}
      from (
        ${model.select(c)}
      ) as named
    `,
  })
}

/** The columns of a model that have an old name, old name to new name. */
export const renamedColumns = ({ columns }: Pick<ModelDefinition, 'columns'>): [old: string, now: string][] =>
  Object.entries(columns).flatMap(([old, { oldNameOf }]) =>
    oldNameOf === undefined ? [] : [[old, oldNameOf]],
  )

/** The columns that a model had in version 0.1, in their order. */
export function oldColumns({ columns }: Pick<ModelDefinition, 'columns'>): string[] {
  const renamed = new Map(renamedColumns({ columns }).map(([old, now]) => [now, old]))
  return Object.keys(columns)
    .filter((name) => columns[name]?.oldNameOf === undefined)
    .map((name) => renamed.get(name) ?? name)
}
