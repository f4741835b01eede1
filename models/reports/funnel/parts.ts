/** What a funnel looks for: its steps and its breakdown. Exclusions only keep away, unless they leave nobody. */
import type { ModelContext } from '../../../src/graph/model.ts'
import type { Report } from '../../../src/graph/report.ts'
import type { Entity } from '../../../src/graph/entity.ts'
import type { Path } from '../../../src/project/path.ts'
import type { Part } from '../../../src/graph/report_parts.ts'
import { literal, sql } from '../../../src/sql/sql.ts'
import { entityColumn, isOfCounted } from '../conditions.ts'
import { asksOf, breakdownOf, isThere, partOf, withWhole } from '../parts.ts'
import { fromRange, toRange } from '../periods.ts'
import { firstTimesOf, untilOf } from './events.ts'
import { conditionOf, type FunnelOptions } from './options.ts'
import { funnelOf } from './names.ts'
import { specOf } from './spec.ts'

export function funnelParts(report: Report<FunnelOptions>): Part[] {
  const steps = report.options.steps.map((_, i) => stepPart(report, i))
  return [...withWhole(report, steps), ...breakdownParts(report, steps)]
}

function stepPart(report: Report<FunnelOptions>, i: number): Part {
  const { options, range } = report
  const by = report.by as Entity
  const step = options.steps[i]
  const condition = conditionOf(step)
  const path: Path = ['steps', i]
  const held = options.hold_constant.map((property, n) =>
    isThere(
      { property, of: 'event', through: 'event', properties: 'latest' },
      { by, condition, path: [...report.path, 'hold_constant', n], own: false },
      'which is held constant',
    ),
  )
  return partOf(report, {
    name: `step ${i + 1}`,
    path,
    by,
    condition,
    asks: [...asksOf(report, by, condition, path), ...held],
    from: (c) => fromRange(range, c),
    to: (c) => (i === 0 ? toRange(range, c) : untilOf(funnelOf(specOf(report), c))),
    ...firstTime(report, i),
    otherwise: i === 0 ? whyNobodyStarts(report) : undefined,
    seen: [{ model: report.name, when: isReached(options, i + 1) }],
  })
}

/** The rows of the steps that show that something got there; steps in any order have no places of their own. */
const isReached = ({ order, steps }: FunnelOptions, step: number) =>
  sql`step = ${literal(order === 'unordered' ? steps.length : step)} and entities > 0`

/** Whoever does the first step has an attempt; of values of their own, only who has one. */
function whyNobodyStarts({ options, by }: Report<FunnelOptions>): string | undefined {
  if (options.exclusions.length === 0 || options.order === 'unordered') return undefined
  if (options.breakdown?.attribution === 'all') return undefined
  return `\`exclusions\` take out ${by?.kind === 'group' ? `every group of ${by.key.name}` : 'every user'} that did it in the range`
}

function firstTime(report: Report<FunnelOptions>, i: number): Pick<Part, 'last'> {
  const step = report.options.steps[i]
  const by = report.by as Entity
  if (step?.first_time === undefined) return {}
  const who = by.kind === 'user' ? 'user' : by.key.name
  const name = step.event === undefined ? 'event' : `'${step.event}'`
  return {
    last: {
      holds: (c: ModelContext) => {
        const entity = entityColumn(by)
        return sql`
          (${entity}, occurred_at) in (
            ${firstTimesOf(funnelOf(specOf(report), c), i)}
          )
        `
      },
      reason: `none of them is the first ${name}${step.first_time === 'matching' ? ' that matches' : ''} of its ${who}, as \`first_time: ${step.first_time}\` asks`,
    },
  }
}

function breakdownParts(report: Report<FunnelOptions>, steps: readonly Part[]): Part[] {
  const { options } = report
  const { breakdown } = options
  if (breakdown === undefined) return []
  const has = sql`segment <> '' and entities > 0`
  const reached = (step: number) => sql`segment <> '' and ${isReached(options, step)}`
  const of = (parts: readonly Part[], when: typeof has, name?: string) =>
    breakdownOf(report, breakdown, parts, [{ model: report.name, when }], name)
  if (isOfCounted(breakdown, report.by as Entity)) return of(steps, has)
  if (breakdown.attribution === 'step') {
    const step = breakdown.step ?? 1
    return of(steps.slice(step - 1, step), reached(step), `the breakdown at step ${step}`)
  }
  // each value has a funnel of its own, which events without one are not in
  if (breakdown.attribution === 'all')
    return steps.flatMap((step, i) => of([step], reached(i + 1), `the breakdown at ${step.name}`))
  return of(steps, has)
}
