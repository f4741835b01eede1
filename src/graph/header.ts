/** What stands above the SQL of a model in target/compiled, for whoever reads it. It is no part of what is built. */
import { oneLine } from '../project/plain_text.ts'
import { fitted } from '../sql/width.ts'
import type { Catalog } from './catalog.ts'
import type { Model } from './model.ts'

/** Lines of comments: the relation, what one row is, the rules by their ids, how it is counted, where it is said. */
export function headerOf(model: Model, { project }: Catalog): string {
  const { name, description, grain, rules = [], way, at, report } = model
  const place = at === undefined ? undefined : `${at.file}:${at.line}`
  const said = [
    `${project.target.schema}.${name}${place === undefined ? '' : `: ${report === undefined ? '' : `report ${report}, `}${place}`}`,
    description,
    grain.length === 0 || /one row per/i.test(description) ? '' : `One row per ${grain.join(', ')}.`,
    rules.length === 0 ? '' : `Rules: ${rules.join(', ')} (docs/semantics.md).`,
    way === undefined ? '' : `Counted by ${way.algorithm}: ${way.because}.`,
  ]
  return said
    .map(oneLine)
    .filter((line) => line !== '')
    .map((line) => fitted(`-- ${line}`))
    .join('\n')
}
