import { existsSync } from 'node:fs'
import path from 'node:path'
import { ownSchema } from '../engines/own.ts'
import { formatProblem, plural, ProblemError } from '../problems.ts'
import { publishedRelations } from '../run/state.ts'
import { checkSources } from '../run/sources.ts'
import { engineOf, openWarehouse } from '../engines/index.ts'
import { URL_FIELDS } from '../engines/targets.ts'
import { partText } from '../project/plugins.ts'
import { VERSION } from '../version.ts'
import { loadToRead, targetText } from './context.ts'
import type { GlobalOptions } from './options.ts'
import { createLog } from './log.ts'
import { style } from './text.ts'

/** @returns the exit code: 0 when everything is in order, else that of the problems */
export async function debugCommand(options: GlobalOptions): Promise<number> {
  const log = createLog(options)
  const line = (what: string, text: string) => log.text(`  ${what.padEnd(14)} ${text}`)
  const good = (text: string) => `${style('green', '✓')} ${text}`
  log.text(`gwh ${VERSION}, Node ${process.version}, ${process.platform}-${process.arch}\n`)

  const loaded = await loadToRead('debug', options)
  const { plan, tests } = loaded
  const { catalog } = plan
  const { project } = catalog
  line('project', good(`${project.name} (${path.join(project.dir, 'project.yml')})`))
  line('models', good(`${plural(plan.models.length, 'model')}, ${plural(tests.length, 'data test')}`))
  for (const { name, parts } of project.plugins)
    line('plugin', good(`${name}: ${parts.map(partText).join(', ')}`))
  line('group keys', catalog.groupKeys.map((key) => key.name).join(', ') || 'none')
  line('target', `${targetText(loaded)} (of ${project.targetNames.join(', ')})`)

  const { target } = project
  // As project.yml says them and by default; the door hides what is secret. Of a URL the connection says where it leads.
  for (const [field, value] of Object.entries(target))
    if (![...URL_FIELDS, 'name', 'type'].includes(field) && value !== undefined)
      line(`  ${field}`, typeof value === 'string' ? value : JSON.stringify(value))
  const file = engineOf(project).file(target)
  if (file !== undefined && !existsSync(path.resolve(project.dir, file))) {
    line('connection', 'no database yet; `gwh build` makes it')
    log.event('debug', 'no database yet', { ok: true })
    return 0
  }
  await using warehouse = await openWarehouse(project, { readOnly: true })
  line('connection', good(`${await warehouse.version()}, ${warehouse.place}`))
  const relations = await publishedRelations(warehouse, target)
  line(
    'published',
    relations.size === 0
      ? 'nothing yet; `gwh build` makes it'
      : `${plural(relations.size, 'relation')} in ${target.schema}: ${[...relations.keys()].join(', ')}`,
  )
  if (await warehouse.schemaExists(ownSchema(target))) line("gwh's own", ownSchema(target))
  try {
    const unbuilt = plan.models.map(({ name }) => name).filter((name) => !relations.has(name))
    await checkSources(
      plan,
      warehouse,
      new Set(catalog.sources.map((source) => source.name)),
      new Set(unbuilt),
    )
    line('sources', good(catalog.sources.map((source) => source.name).join(', ') || 'none'))
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    line('sources', style('red', `✗ ${plural(error.problems.length, 'problem')}`))
    log.text()
    log.text(error.problems.map(formatProblem).join('\n\n'))
    log.event('debug', 'problems with sources', { ok: false, problems: error.problems }, 'error')
    return error.exitCode
  }
  log.event('debug', 'all in order', { ok: true, relations: [...relations.keys()] })
  log.text('\nAll in order.')
  return 0
}
