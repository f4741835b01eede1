/** What a funnel may say, and what in it makes no sense. */
import * as z from 'zod'
import type { Catalog } from '../../../src/graph/catalog.ts'
import type { Invalid, Report } from '../../../src/graph/report.ts'
import type { Entity } from '../../../src/graph/entity.ts'
import { unknownProperty } from '../../../src/graph/reports.ts'
import {
  breakdownSchema,
  conditionFields,
  periodSchema,
  UNIT_SECONDS,
  windowSchema,
  type Condition,
} from '../../../src/project/report_schema.ts'
import { isOfCounted, mayOverlap } from '../conditions.ts'

const text = z.string().min(1, 'must not be empty')
const stepNumber = z.int().positive()

const stepSchema = z.union([
  text.transform((event) => ({
    event,
    any_event: undefined,
    where: [],
    optional: false,
    first_time: undefined,
  })),
  z
    .strictObject({
      ...conditionFields,
      optional: z
        .boolean()
        .default(false)
        .describe('May be skipped; counted where it is done on the way. Not the first step.'),
      first_time: z
        .enum(['ever', 'matching'])
        .optional()
        .describe(
          'Only the first event over all history: `ever`: the first of that name, if it matches; `matching`: the first that matches.',
        ),
    })
    .refine((o) => (o.event === undefined) !== (o.any_event === undefined), {
      message: 'say exactly one of `event` and `any_event: true`',
      path: ['event'],
    }),
])

const exclusionSchema = z
  .strictObject({
    ...conditionFields,
    after_step: stepNumber.describe('The step after which the event excludes, from 1.'),
    before_step: stepNumber.describe('The step before which it excludes.'),
  })
  .refine((o) => (o.event === undefined) !== (o.any_event === undefined), {
    message: 'say exactly one of `event` and `any_event: true`',
    path: ['event'],
  })

const trendSchema = z.strictObject({
  interval: periodSchema.default('day').describe('The periods that entries are put into.'),
  from_step: stepNumber.default(1).describe('Who reached this step has entered.'),
  to_step: stepNumber
    .optional()
    .describe('Who reached this step has converted; default: the last that cannot be skipped.'),
})

const timeSchema = z.strictObject({
  from_step: stepNumber.default(1).describe('Where the clock starts.'),
  to_step: stepNumber.optional().describe('Where it stops; default: the last step that cannot be skipped.'),
  bins: z
    .int()
    .positive()
    .max(90)
    .optional()
    .describe('Number of bins; default: the cube root of the number of conversions, at most 60.'),
})

export const funnelOptions = z.object({
  steps: z.array(stepSchema).min(1).describe('The steps: names of events, or conditions.'),
  order: z
    .enum(['ordered', 'strict', 'unordered'])
    .default('ordered')
    .describe(
      'ordered: other events between steps are ignored. strict: any other event interrupts. unordered: the steps in any order within one window.',
    ),
  entry: z
    .enum(['best', 'first', 'every'])
    .default('best')
    .describe(
      'Which attempts count: best: the furthest that starts at any first step. first: the one from the earliest first step. every: all, each starting after the one before has ended.',
    ),
  window: windowSchema.describe(
    'Longest time from the first step to any other, the end included: {value, unit}, or `unlimited`.',
  ),
  strictly_increasing: z
    .boolean()
    .default(false)
    .describe('Steps at the same instant do not follow one another.'),
  exclusions: z
    .array(exclusionSchema)
    .default([])
    .describe('Events between two steps that take out who does them.'),
  hold_constant: z
    .array(text)
    .max(3)
    .default([])
    .describe(
      'Properties of events that must have one value on all steps of an attempt, at most three. Events with others are not seen by it.',
    ),
  breakdown: breakdownSchema
    .extend({
      attribution: z
        .enum(['first', 'last', 'all', 'step'])
        .default('first')
        .describe(
          'Which value counts: the first or last on the events of the funnel; all: each value has a funnel of its own events; step: the value at a step.',
        ),
      step: stepNumber.optional().describe('The step of `attribution: step`; default: 1.'),
    })
    .optional()
    .describe('One funnel for each value of a property.'),
  complete_after_range: z
    .boolean()
    .default(false)
    .describe('Later steps may come up to one window after the end of the range.'),
  trend: z
    .union([z.literal(false), trendSchema])
    .prefault({})
    .describe('Entries and conversions over time, by the period of entry; false for none.'),
  time_to_convert: z
    .union([z.literal(false), timeSchema])
    .prefault({})
    .describe('How long conversions took, in bins; false for none.'),
  allow_one_step: z
    .boolean()
    .default(false)
    .describe('A single step is meant, or a single one that cannot be skipped; it only counts who did it.'),
})

export type FunnelOptions = z.output<typeof funnelOptions>
export type StepOptions = FunnelOptions['steps'][number]

/** Numbers of the steps that cannot be skipped, from 1. */
export const requiredSteps = ({ steps }: FunnelOptions): number[] =>
  steps.flatMap((step, i) => (step.optional ? [] : [i + 1]))

/** The step that is conversion: the last that cannot be skipped. */
export const lastRequired = (options: FunnelOptions): number => requiredSteps(options).at(-1) ?? 1

/** Whether there is a step to follow entries to, for a trend or times: in a funnel of one step only where it is said. */
export function isFollowed<Part extends { readonly to_step?: number | undefined }>(
  part: Part | false,
  options: FunnelOptions,
): part is Part {
  if (part === false || options.steps.length === 1) return false
  return part.to_step !== undefined || requiredSteps(options).length > 1
}

/** Microseconds of a conversion window; undefined without an end. */
export function windowMicroseconds({ window }: FunnelOptions): number | undefined {
  return window === 'unlimited' ? undefined : window.value * UNIT_SECONDS[window.unit] * 1_000_000
}

/** Steps that may take one event both, and are not the same: groups of them, by index. */
export function overlapping(steps: readonly Condition[]): number[][] {
  const groups: number[][] = []
  for (const [i, step] of steps.entries()) {
    const met = groups.filter((group) => group.some((j) => mayOverlap(step, steps[j] ?? step)))
    for (const group of met) groups.splice(groups.indexOf(group), 1)
    groups.push([...met.flat(), i].sort((a, b) => a - b))
  }
  return groups
}

/** More different overlapping steps than this would need a condition for each set of them. */
const MOST_OVERLAPPING = 5

export function validateFunnel(
  { options: o, range, by }: Report<FunnelOptions>,
  catalog: Catalog,
): Invalid[] {
  const found: Invalid[] = o.hold_constant.flatMap((property, i) =>
    unknownProperty(catalog, property, 'event', ['hold_constant', i]),
  )
  const say = (
    path: Invalid['path'],
    message: string,
    fix?: string,
    code: Invalid['code'] = 'contradiction',
  ) => found.push({ code, path, message, fix })
  for (const [i, property] of o.hold_constant.entries()) {
    if (o.hold_constant.indexOf(property) < i)
      say(['hold_constant', i], `\`${property}\` is there twice.`, 'Remove one of the two.', 'duplicate_name')
  }
  const count = o.steps.length
  const last = lastRequired(o)
  if (count === 1 && !o.allow_one_step) {
    say(
      ['steps'],
      'a funnel has at least two steps.',
      'Add a step; for who did one event, use `type: uniques` or `allow_one_step: true`.',
      'invalid_value',
    )
  } else if (last === 1 && !o.steps[0]?.optional && o.order !== 'unordered' && !o.allow_one_step) {
    say(
      ['steps'],
      'a funnel has at least two steps that cannot be skipped: all that enter this one have converted.',
      'Remove `optional` from a step; if the first step alone is meant, say `allow_one_step: true`.',
      'invalid_value',
    )
  }
  if (o.steps[0]?.optional) {
    say(
      ['steps', 0, 'optional'],
      'the first step cannot be optional: it is where attempts start.',
      'Remove `optional`.',
    )
  }
  if (o.window !== 'unlimited' && o.window.value * UNIT_SECONDS[o.window.unit] > 366 * 86_400 * 100) {
    say(['window', 'value'], 'a window has at most 100 years.', 'Use `window: unlimited`.', 'invalid_value')
  }
  for (const [i, { after_step: after, before_step: before }] of o.exclusions.entries()) {
    const at = ['exclusions', i] as const
    if (after >= before || before > count) {
      say(
        [...at, before > count ? 'before_step' : 'after_step'],
        `an exclusion stands between two steps of the funnel: 1 ≤ after_step < before_step ≤ ${count}, not ${after} and ${before}.`,
        'Steps are counted from 1.',
        'invalid_value',
      )
    } else if (o.order === 'unordered' && (after !== 1 || before !== count)) {
      say(
        [...at, 'after_step'],
        'steps of an unordered funnel have no places, so an exclusion spans the whole of it.',
        `Use \`after_step: 1\` and \`before_step: ${count}\`.`,
      )
    } else if ([after, before].some((n) => o.steps[n - 1]?.optional)) {
      say(
        [...at, o.steps[after - 1]?.optional ? 'after_step' : 'before_step'],
        'an exclusion stands between steps that cannot be skipped.',
        'Name steps that are not optional.',
      )
    }
  }
  if (o.order === 'unordered') {
    if (o.entry !== 'best')
      say(
        ['entry'],
        `\`entry: ${o.entry}\` needs a first step, which an unordered funnel does not have.`,
        'Remove `entry`.',
      )
    if (o.strictly_increasing)
      say(
        ['strictly_increasing'],
        'an unordered funnel asks for no order of its steps.',
        'Remove `strictly_increasing`.',
      )
    for (const [i, step] of o.steps.entries()) {
      if (step.optional)
        say(
          ['steps', i, 'optional'],
          'an unordered funnel counts how many steps were done, so none is optional.',
          'Remove `optional`.',
        )
    }
  }
  const { breakdown: b } = o
  found.push(...idleAttribution(o, by))
  if (b?.step !== undefined && b.attribution !== 'step') {
    say(
      ['breakdown', 'step'],
      `\`step\` goes with \`attribution: step\`, not with \`${b.attribution}\`.`,
      'Remove one of the two.',
    )
  }
  if (b?.attribution === 'step' && (b.step ?? 1) > count) {
    say(
      ['breakdown', 'step'],
      `the funnel has ${count} steps, so none is number ${b.step ?? 1}.`,
      'Steps are counted from 1.',
      'invalid_value',
    )
  }
  if (b?.attribution === 'step' && o.order === 'unordered' && (b.step ?? 1) > 1) {
    say(
      ['breakdown', 'step'],
      'steps of an unordered funnel have no places; only the value of the first step is known.',
      'Use `step: 1`, or `attribution: first`.',
    )
  }
  if (o.complete_after_range && o.order === 'unordered') {
    say(
      ['complete_after_range'],
      'an unordered funnel may begin with any of its steps, so none of them is a later one.',
      'Remove `complete_after_range`.',
    )
  }
  if (o.complete_after_range && range.to === undefined) {
    say(
      ['complete_after_range'],
      'the range has no end that steps could come after.',
      'Give `range: {to: …}`, or remove it.',
    )
  }
  if (o.complete_after_range && o.window === 'unlimited') {
    say(
      ['complete_after_range'],
      'with `window: unlimited` there is no end to wait for.',
      'Give the funnel a window.',
    )
  }
  for (const [name, part] of [
    ['trend', o.trend],
    ['time_to_convert', o.time_to_convert],
  ] as const) {
    if (!isFollowed(part, o)) continue
    const to = part.to_step ?? last
    if (part.from_step < to && to <= count) continue
    say(
      [name, to > count ? 'to_step' : 'from_step'],
      `\`from_step\` comes before \`to_step\`, both within the ${count} steps; not ${part.from_step} and ${to}.`,
      part.to_step === undefined
        ? '`to_step` is the last step that cannot be skipped unless it is said.'
        : 'Steps are counted from 1.',
      'invalid_value',
    )
  }
  const distinct = (group: readonly number[]) =>
    new Set(group.map((i) => JSON.stringify([conditionOf(o.steps[i]), o.steps[i]?.first_time]))).size
  if (!o.strictly_increasing && overlapping(o.steps).some((group) => distinct(group) > MOST_OVERLAPPING)) {
    say(
      ['steps'],
      `more than ${MOST_OVERLAPPING} different steps may match one and the same event.`,
      'Use `strictly_increasing: true`, or tell the steps apart by the names of their events.',
    )
  }
  return found
}

/** Which value counts, where there is only one. */
function idleAttribution({ breakdown: b }: FunnelOptions, by: Entity | undefined): Invalid[] {
  // the default is not seen to have been written
  if (b === undefined || b.attribution === 'first' || by === undefined || !isOfCounted(b, by)) return []
  const whose =
    b.of === 'user' ? 'the user' : by.kind === 'user' ? "groups on the user's profile" : 'the group'
  const ofEvents =
    by.kind === 'user'
      ? b.of === 'user'
        ? ''
        : " To read it from each event's own groups, remove `through`."
      : ' With `properties: as_of` it is that of the time of each event.'
  return [
    {
      code: 'contradiction',
      path: ['breakdown', 'attribution'],
      message: `\`attribution: ${b.attribution}\` asks which event the value is taken from, and \`${b.property}\` is one of ${whose}: the same on every event.`,
      fix: `Remove ${b.step === undefined ? '`attribution`' : '`attribution` and `step`'}.${ofEvents}`,
    },
  ]
}

/** What a step asks of an event. */
export const conditionOf = (step: StepOptions | undefined): Condition => ({
  event: step?.event,
  any_event: step?.any_event,
  where: step?.where ?? [],
})

/** The name of step `n` for people; in an unordered funnel it is not one event, but so many steps. */
export function stepName({ steps, order }: FunnelOptions, n: number): string {
  if (order === 'unordered') return n === 1 ? 'any step' : `any ${n} steps`
  return steps[n - 1]?.event ?? 'any event'
}
