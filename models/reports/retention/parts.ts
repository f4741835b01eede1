/** What a retention report looks for: what begins, what is a return, and its breakdown. */
import type { Report } from '../../../src/graph/report.ts'
import type { Part } from '../../../src/graph/report_parts.ts'
import type { Path } from '../../../src/project/path.ts'
import type { Condition } from '../../../src/project/report_schema.ts'
import { sql } from '../../../src/sql/sql.ts'
import { requireEntity } from '../activity.ts'
import { isSame } from '../conditions.ts'
import { anyOf, asksOf, breakdownOf, partOf, withWhole } from '../parts.ts'
import { periodNumber, withinPeriods } from '../periods.ts'
import { returnOf, type RetentionOptions } from './options.ts'

export function retentionParts(report: Report<RetentionOptions>): Part[] {
  const { options: o, name } = report
  const start = startPart(report)
  const returned = returnPart(report)
  const same = isSame(o.start, returnOf(o))
  const looked = same ? [start] : [start, returned]
  const breakdown =
    o.breakdown === undefined
      ? []
      : breakdownOf(
          report,
          o.breakdown,
          [start],
          [{ model: name, when: sql`segment <> '' and cohort_size > 0` }],
        )
  // start and return share its value
  const shared =
    o.breakdown?.of !== 'event' || same
      ? []
      : breakdownOf(
          report,
          o.breakdown,
          [returned],
          [{ model: name, when: sql`segment <> '' and returned > 0` }],
          'the breakdown at the return',
        )
  return [...withWhole(report, looked), ...enoughReturns(report, returned), ...breakdown, ...shared]
}

function startPart(report: Report<RetentionOptions>): Part {
  const { options: o, range } = report
  return partOf(report, {
    ...conditionOf(report, o.start, 'start'),
    from: (c) => withinPeriods({ from: range.from }, o.period, c),
    to: (c) => withinPeriods({ to: range.to }, o.period, c),
    seen: [{ model: report.name, when: sql`cohort_size > 0` }],
    otherwise: ONLY_FIRST[o.mode],
  })
}

/** Only a first start is left out where others are there. */
const ONLY_FIRST = {
  recurring: undefined,
  first_time: '`mode: first_time` takes only the first one of each, and none of these lies in the range',
  first_ever:
    '`mode: first_ever` takes only the first event of each, and none of these matches and lies in the range',
} as const

/** Returns may lie after the range. */
function returnPart(report: Report<RetentionOptions>): Part {
  const { options: o, range } = report
  return partOf(report, {
    ...conditionOf(report, returnOf(o), o.return === undefined ? 'start' : 'return'),
    from: (c) => withinPeriods({ from: range.from }, o.period, c),
    to: () => [],
    seen: [{ model: report.name, when: sql`returned > 0` }],
  })
}

const conditionOf = (report: Report<RetentionOptions>, condition: Condition, name: 'start' | 'return') => {
  const by = requireEntity(report.by)
  const path: Path = [name]
  return { name: `the ${name}`, path, by, condition, asks: asksOf(report, by, condition, path) }
}

/** So many returns in one period; that of the start needs none. */
function enoughReturns(report: Report<RetentionOptions>, returned: Part): Part[] {
  const { min_occurrences: times, alignment, period } = report.options
  if (times === 1) return []
  const who = returned.by.kind === 'user' ? 'user' : returned.by.key.name
  return [
    partOf(report, {
      name: 'the return',
      path: ['min_occurrences'],
      by: returned.by,
      condition: { event: returned.event },
      asks: [],
      from: () => [],
      to: () => [],
      among: anyOf([returned]),
      enough: {
        times,
        // elapsed periods begin anywhere: who has not enough of them at all has not enough in any
        within: (c) => (alignment === 'calendar' ? [periodNumber(period, c)] : []),
        reason: `no ${who} has ${times} of them${alignment === 'calendar' ? ` in one ${period}` : ''}, as \`min_occurrences\` asks`,
      },
      seen: [{ model: report.name, when: sql`period_number > 0 and returned > 0` }],
    }),
  ]
}
