import { engineOf } from '../engines/index.ts'
import { compile } from '../gwh.ts'
import { createCompiler, published } from '../graph/compile.ts'
import { renderUserSql } from '../graph/jinja.ts'
import { plural } from '../problems.ts'
import { loadFrom } from './context.ts'
import type { GlobalOptions, SelectionOptions } from './options.ts'
import { saySql } from './door.ts'
import { createLog } from './log.ts'
import { table } from './text.ts'

export function compileCommand(options: GlobalOptions & SelectionOptions & { inline?: string }): void {
  const log = createLog(options)
  const loaded = loadFrom(options, true)
  const { plan } = loaded
  if (options.inline !== undefined) {
    const rendered = renderUserSql({ name: 'inline', file: '--inline', text: options.inline }, plan.catalog)
    saySql(createCompiler(plan, engineOf(plan.catalog.project)).query(rendered, published(plan)))
    return
  }
  const { models, files } = compile(loaded, options)
  log.event('compiled', plural(files.length, 'file'), { files })
  log.text(
    table(
      ['model', 'materialized', 'compiled', 'counted by'],
      models.map(({ name, materialized, way }) => [
        name,
        materialized,
        `target/compiled/models/${name}.sql`,
        way === undefined ? '' : `${way.algorithm}: ${way.because}`,
      ]),
    ),
  )
  log.text(`\nWrote ${plural(files.length, 'file')} to target/compiled; no database was opened.`)
}
