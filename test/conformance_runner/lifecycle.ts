/** New, returning, resurrecting and dormant entities per period. */
import * as z from 'zod'
import { periodText } from './clock.ts'
import { byStart, kind, number } from './kind.ts'
import {
  commonFields,
  condition,
  conditionOf,
  counts,
  filtersOf,
  period,
  periodStart,
  range,
  rangeOf,
} from './parts.ts'

export const lifecycle = kind({
  query: z.strictObject({
    ...commonFields,
    type: z.literal('lifecycle'),
    series: condition,
    interval: period,
    range: range.optional(),
  }),
  expected: z.strictObject({
    new: counts.optional(),
    returning: counts.optional(),
    resurrecting: counts.optional(),
    dormant: counts.optional(),
    periods: z.array(periodStart).optional(),
  }),
  report: (query) => ({
    type: 'lifecycle',
    ...conditionOf(query.series),
    where: filtersOf([...(query.series.where ?? []), ...(query.filter ?? [])]),
    interval: query.interval,
    range: rangeOf(query.range),
    // the cases' rule: new is who has a profile made in that period, and without a profile nobody is
    newness: 'profile',
  }),
  answers(_query, read, { timezone }) {
    const rows = async () => byStart(await read(''))
    const column = (name: string) => async () => (await rows()).map((row) => number(row[name]))
    return {
      new: column('new_entities'),
      returning: column('returning_entities'),
      resurrecting: column('resurrecting_entities'),
      dormant: column('dormant_entities'),
      periods: async () => (await rows()).map((row) => periodText(row.start, timezone)),
    }
  },
})
