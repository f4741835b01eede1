/** What readers of a warehouse see: the published relations with all of their rows, and nothing else. */
import { createHash } from 'node:crypto'
import type { LoadedProject } from '../../src/gwh.ts'
import { openWarehouse } from '../../src/engines/index.ts'
import { sorted, stable, type Row } from './engines.ts'

/** Relation → kind, columns with their types, number of rows, checksum of the rows in order. */
export async function published({ plan }: LoadedProject): Promise<Record<string, string>> {
  const { project } = plan.catalog
  const { schema } = project.target
  await using warehouse = await openWarehouse(project, { readOnly: true })
  const seen: Record<string, string> = {}
  for (const { name, kind } of await warehouse.relations(schema)) {
    const columns = (await warehouse.columns([schema, name])) ?? []
    const rows = sorted(await warehouse.query<Row>(`select * from ${schema}."${name}"`))
    const sum = createHash('sha256').update(rows.map(stable).join('\n')).digest('hex').slice(0, 16)
    seen[name] =
      `${kind} (${columns.map((c) => `${c.name} ${c.type}`).join(', ')}): ${rows.length} rows, ${sum}`
  }
  return seen
}

/** Relations that a build left where it builds. */
export async function leftovers({ plan }: LoadedProject): Promise<string[]> {
  const { project } = plan.catalog
  await using warehouse = await openWarehouse(project, { readOnly: true })
  const [stage = '', name = ''] = warehouse.staged(project.target.schema, '')
  return (await warehouse.relations(stage)).map((r) => r.name).filter((found) => found.startsWith(name))
}
