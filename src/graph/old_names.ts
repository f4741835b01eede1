/** The names of version 0.1 beside those that came after them. */
import { identifier, join, sql } from '../sql/sql.ts'
import type { Catalog } from './catalog.ts'
import type { ColumnDoc, ModelDefinition } from './model.ts'
import { GROUP_KEY, RENAMED_COLUMNS } from './renames.ts'
import type { Report } from './report.ts'

/**
 * A model with its renamed columns under their old names too, unless the project wants none.
 * @param report that it belongs to
 */
export function withOldColumns(
  model: ModelDefinition,
  { project }: Catalog,
  report?: Report,
): ModelDefinition {
  const kind = report === undefined ? model.name : `${report.type}${model.name.slice(report.name.length)}`
  const renamed = RENAMED_COLUMNS[kind]
  if (renamed === undefined || !project.deprecated_names) return model
  const keyName = report?.by?.kind === 'group' ? report.by.key.name : undefined
  const old = Object.entries(renamed).flatMap(([before, after]): [string, string][] => {
    const now = after === GROUP_KEY ? keyName : after
    // A relation that could not take the new name has the old one still.
    return now === undefined || Object.hasOwn(model.columns, before) ? [] : [[before, now]]
  })
  if (old.length === 0) return model
  const docs = old.map(([before, now]): [string, ColumnDoc] => [
    before,
    {
      type: model.columns[now]?.type ?? 'text',
      description: `Old name of ${now}; goes with version 0.3.`,
      oldNameOf: now,
    },
  ])
  return {
    ...model,
    columns: { ...model.columns, ...Object.fromEntries(docs) },
    select: (c) => sql`
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
  }
}
