/**
 * What programs write where they have no id, in lower case, those of letters and digits alone: the ids that
 * Mixpanel's strict import refuses, for all such rows would be one.
 */
export const PLAIN_PLACEHOLDERS = [
  '00000000-0000-0000-0000-000000000000',
  'anon',
  'anonymous',
  'nil',
  'none',
  'null',
  'na',
  'undefined',
  'unknown',
  '0',
  '-1',
  'true',
  'false',
] as const

/** With those of other characters, and a few that are seen beside them. */
export const PLACEHOLDERS = [
  ...PLAIN_PLACEHOLDERS,
  '',
  'n/a',
  'nan',
  '<nil>',
  '(none)',
  '(not set)',
  '[]',
  '{}',
  '[object object]',
] as const
