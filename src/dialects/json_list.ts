/**
 * Text that is a JSON list of scalars, as a regular expression that every warehouse's engine understands.
 * Text lists are read by this rule everywhere, so that the same text means the same ids on every warehouse.
 */
const SCALAR = String.raw`("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null)`

export const JSON_LIST = String.raw`^\[\s*(${SCALAR}(\s*,\s*${SCALAR})*)?\s*\]$`

/** ISO weekday number of a day: Monday is 1. */
export const ISO_WEEKDAY = {
  monday: 1,
  tuesday: 2,
  wednesday: 3,
  thursday: 4,
  friday: 5,
  saturday: 6,
  sunday: 7,
} as const

/** How many microseconds one unit of an epoch time is. */
export const MICROSECONDS = { epoch_s: 1_000_000, epoch_ms: 1_000, epoch_us: 1 } as const
