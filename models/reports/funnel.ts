/** Funnels: how far entities get from step to step, who dropped off where, when, and how long it took. */
import { engineOf } from '../../src/engines/index.ts'
import type { Catalog } from '../../src/graph/catalog.ts'
import type { ColumnDoc, ModelDefinition, Way } from '../../src/graph/model.ts'
import { reportType, type Report } from '../../src/graph/report.ts'
import type { Entity } from '../../src/graph/entity.ts'
import { entityNoun, idName } from './conditions.ts'
import { funnelEntities } from './funnel/entities.ts'
import {
  validateFunnel,
  funnelOptions,
  isFollowed,
  lastRequired,
  stepName,
  type FunnelOptions,
  type StepOptions,
} from './funnel/options.ts'
import { funnelParts } from './funnel/parts.ts'
import { planOf, type FunnelPlan } from './funnel/plan.ts'
import { inPeriods, specOf, type FunnelSpec } from './funnel/spec.ts'
import { funnelSteps } from './funnel/steps.ts'
import { funnelTimes } from './funnel/times.ts'
import { funnelTrend, trendFromEvents } from './funnel/trend.ts'
import { periodDoc, periodType } from './periods.ts'
import { withFields } from '../../src/graph/with_fields.ts'

export const funnel = reportType({
  type: 'funnel',
  description: 'How many get from step to step within a window, who dropped off where, and how long it took.',
  options: funnelOptions,
  by: 'required',
  validate: validateFunnel,
  models(report: Report<FunnelOptions>, catalog) {
    const { options } = report
    const spec = specOf(report)
    const plan = planOf(spec, engineOf(catalog.project))
    return [
      stepsModel(report, spec),
      entitiesModel(report, spec, plan),
      ...(isFollowed(options.trend, options) ? [trendModel(report, spec, catalog)] : []),
      ...(isFollowed(options.time_to_convert, options) ? [timesModel(report, spec)] : []),
    ]
  },
  parts: funnelParts,
})

/** The name of the rule that counts, as every relation of the report says it. */
export function ruleOf({ options: o }: Report<FunnelOptions>): string {
  const { window } = o
  return [
    o.order === 'strict' ? 'strict order' : o.order,
    ...(o.order === 'unordered' ? [] : [`${o.entry} entry`]),
    window === 'unlimited'
      ? 'no window'
      : `within ${window.value} ${window.unit}${window.value === 1 ? '' : 's'}`,
    ...stepsThat(o, 'optional', ({ optional }) => optional),
    ...stepsThat(o, 'first ever', ({ first_time }) => first_time === 'ever'),
    ...stepsThat(o, 'first matching', ({ first_time }) => first_time === 'matching'),
    ...(o.strictly_increasing ? ['strictly increasing'] : []),
    ...(o.exclusions.length > 0 ? ['with exclusions'] : []),
    ...(o.hold_constant.length > 0 ? [`${o.hold_constant.join(', ')} held constant`] : []),
    ...(o.breakdown?.attribution === 'step'
      ? [`by ${o.breakdown.property} at step ${o.breakdown.step ?? 1}`]
      : []),
    ...(o.complete_after_range ? ['completed after the range'] : []),
  ].join(', ')
}

/** The rules of docs/semantics.md that its options call on. */
function rulesOf(o: FunnelOptions): string[] {
  const isWithout = o.exclusions.length > 0
  return [
    'FUN-1',
    ...(o.order === 'unordered' ? [] : ['FUN-2']),
    'FUN-3',
    'FUN-4',
    'FUN-5',
    ...(isWithout ? [o.order === 'unordered' ? 'FUN-7' : 'FUN-6'] : []),
    ...(o.steps.some(({ optional }) => optional) ? ['FUN-8'] : []),
    'FUN-9',
    ...(o.breakdown ? ['FUN-10'] : []),
    ...(o.hold_constant.length > 0 ? ['FUN-11'] : []),
  ]
}

/** `step 2 optional`, `steps 2, 3 and 5 optional`; of no step nothing. */
function stepsThat({ steps }: FunnelOptions, are: string, is: (step: StepOptions) => boolean): string[] {
  const numbers = steps.flatMap((step, i) => (is(step) ? [i + 1] : []))
  const last = numbers.pop()
  if (last === undefined) return []
  return [numbers.length === 0 ? `step ${last} ${are}` : `steps ${numbers.join(', ')} and ${last} ${are}`]
}

const wayOf = ({ algorithm, because }: FunnelPlan): Way => ({ algorithm: algorithm.name, because })

const RULE: ColumnDoc = { type: 'text', description: 'The rule that counted.' }

const segmentColumn = ({ breakdown }: FunnelOptions): Record<string, ColumnDoc> =>
  breakdown === undefined
    ? {}
    : {
        segment: {
          type: 'text',
          description: `Value of ${breakdown.property}; empty where there is none, $other for those beyond the ${breakdown.limit} most frequent (FUN-10).`,
        },
      }

/** In how many periods of a trend one entity may count. */
function whoEntersAgain(options: FunnelOptions): string {
  if (options.entry === 'every') return 'Each attempt counts in the period that it starts in.'
  if (options.order === 'unordered')
    return 'Any of the steps may begin an attempt. Whoever enters in several periods counts in each.'
  return trendFromEvents(options)
    ? 'Whoever enters in several periods counts in each.'
    : 'Everybody counts once, in the period that the attempt that counts starts in.'
}

const about = (report: Report<FunnelOptions>, what: string): string =>
  [report.description, what].filter((text) => text !== '').join(' ')

function stepsModel(report: Report<FunnelOptions>, spec: FunnelSpec): ModelDefinition {
  const { options } = report
  const who = options.entry === 'every' ? 'attempts' : entityNoun(report.by as Entity)
  const segment = segmentColumn(options)
  return {
    name: report.name,
    description: about(
      report,
      options.order === 'unordered'
        ? `Funnel of ${who}, steps in any order: ${ruleOf(report)}. One row per number of steps.`
        : `Funnel of ${who} from "${stepName(options, 1)}" on: ${ruleOf(report)}. One row per step.`,
    ),
    rules: rulesOf(options),
    grain: [...Object.keys(segment), 'step'],
    columns: withFields(segment, {
      step: { type: 'integer', description: 'Number of the step, from 1.' },
      step_name: {
        type: 'text',
        description:
          options.order === 'unordered'
            ? 'How many of the steps, in whatever order.'
            : 'The event of the step.',
      },
      entities: {
        type: 'bigint',
        description: `The ${who} that got at least this far${options.order === 'unordered' ? ': that did at least so many different steps' : ''}.`,
      },
      conversion_from_start: {
        type: 'number',
        description: 'Share of those who entered; null when nobody did (FUN-1).',
      },
      conversion_from_previous: {
        type: 'number',
        description:
          'Share of those who reached the step before that cannot be skipped; null at the first step (FUN-8).',
      },
      dropped: { type: 'bigint', description: 'How many got to that step before, but not to this one.' },
      avg_seconds: {
        type: 'number',
        description:
          'Mean seconds since that step before; null at the first step and at steps that can be skipped.',
      },
      median_seconds: { type: 'number', description: 'Median of the same.' },
      rule: RULE,
    }),
    materialized: report.materialized,
    select: (c) => funnelSteps(spec, c, ruleOf(report)),
  }
}

function entitiesModel(report: Report<FunnelOptions>, spec: FunnelSpec, plan: FunnelPlan): ModelDefinition {
  const { options } = report
  const by = report.by as Entity
  const segment = segmentColumn(options)
  const attempt: Record<string, ColumnDoc> =
    options.entry === 'every'
      ? { attempt: { type: 'bigint', description: 'Number of the attempt, from 1 (FUN-2).' } }
      : {}
  const times = options.steps.slice(1).map((step, i): [string, ColumnDoc] => [
    `step_${i + 2}_at`,
    {
      type: 'timestamp',
      description:
        options.order === 'unordered'
          ? `When ${i + 2} different steps were done, UTC; null when they were not.`
          : `When "${stepName(options, i + 2)}" was reached, UTC; null when it was not.${step.optional ? ' It can be skipped.' : ''}`,
    },
  ])
  const told: Record<string, ColumnDoc> = {
    ...segment,
    ...attempt,
    furthest_step: { type: 'integer', description: 'Number of the last step that was reached.' },
    furthest_step_name: { type: 'text', description: 'Its name, as in the relation of the steps.' },
    converted: { type: 'boolean', description: 'The last step that cannot be skipped was reached.' },
    entered_at: { type: 'timestamp', description: 'When the attempt began that counts, UTC.' },
    ...Object.fromEntries(times),
    seconds_to_convert: {
      type: 'number',
      description: 'From the first step to the last that cannot be skipped; null without conversion.',
    },
    rule: RULE,
  }
  const id = idName(by, Object.keys(told))
  return {
    name: `${report.name}_entities`,
    description: about(
      report,
      `Who got how far in the funnel, and when: one row per ${id}${options.entry === 'every' ? ' and attempt' : ''} that entered.`,
    ),
    rules: rulesOf(options),
    grain: [id, ...Object.keys(segment), ...Object.keys(attempt)],
    columns: {
      [id]: {
        type: 'text',
        description: by.kind === 'user' ? 'The user.' : `The group of ${by.key.name}.`,
      },
      ...told,
    },
    materialized: report.materialized,
    way: wayOf(plan),
    select: (c) => funnelEntities(spec, plan, id, ruleOf(report), c),
  }
}

function trendModel(report: Report<FunnelOptions>, whole: FunnelSpec, catalog: Catalog): ModelDefinition {
  const trend = report.options.trend === false ? undefined : report.options.trend
  const interval = trend?.interval ?? 'day'
  const segment = segmentColumn(report.options)
  const from = trend?.from_step ?? 1
  const to = trend?.to_step ?? lastRequired(report.options)
  const fromEvents = trendFromEvents(report.options)
  const spec = fromEvents ? inPeriods(whole, interval) : whole
  const plan = planOf(spec, engineOf(catalog.project))
  return {
    name: `${report.name}_trend`,
    description: about(
      report,
      `Entries and conversions of the funnel by ${interval} of entry. ${whoEntersAgain(report.options)}`,
    ),
    rules: [...rulesOf(report.options), 'FUN-12'],
    grain: [...Object.keys(segment), 'period_start'],
    columns: withFields(segment, {
      period_start: { type: periodType(interval), description: periodDoc(interval, catalog) },
      entered: {
        type: 'bigint',
        description: `Who entered in the period and reached step ${from}, whenever they did (FUN-12).`,
      },
      converted: { type: 'bigint', description: `Of them those who reached step ${to}.` },
      conversion_rate: { type: 'number', description: 'The share; 0 when nobody entered.' },
      rule: RULE,
    }),
    materialized: report.materialized,
    way: fromEvents ? wayOf(plan) : undefined,
    select: (c) => funnelTrend(spec, plan, c, ruleOf(report)),
  }
}

function timesModel(report: Report<FunnelOptions>, spec: FunnelSpec): ModelDefinition {
  const { options } = report
  const part = options.time_to_convert === false ? undefined : options.time_to_convert
  const [from, to] = [part?.from_step ?? 1, part?.to_step ?? lastRequired(options)]
  return {
    name: `${report.name}_times`,
    description: about(
      report,
      `How long it took from step ${from} to step ${to}, in bins of equal width; all values of a breakdown together.`,
    ),
    rules: rulesOf(options),
    grain: ['bin'],
    columns: {
      bin: { type: 'bigint', description: 'Number of the bin, from 1; the last one holds the longest time.' },
      from_seconds: { type: 'bigint', description: 'Shortest time of the bin, in seconds.' },
      to_seconds: { type: 'bigint', description: 'Where the next bin begins.' },
      entities: { type: 'bigint', description: 'How many took that long.' },
      avg_seconds: { type: 'number', description: 'Mean time of all of them, the same on every row.' },
      rule: RULE,
    },
    materialized: report.materialized,
    select: (c) => funnelTimes(spec, c, [from, to], part?.bins, ruleOf(report)),
  }
}
