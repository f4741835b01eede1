import type { Plan } from '../../graph/plan.ts'
import { sql } from '../../sql/sql.ts'
import { check } from '../definition.ts'
import { ofLimit, type Limit } from './limit.ts'
import { leastBytes } from './profiles.ts'
import { valueTests, type ValueRule } from './value_rules.ts'

/** JSON may write one byte of a text as six: \u0001. */
const ESCAPED = 6

/** The bytes of texts are a check of their own, `property_string_bytes`, for they only warn. */
export const propertyValueSize = check({
  name: 'property_value_size',
  description:
    'Texts, lists and objects in properties are no larger than the vendor allows; of events, in those that their sources keep.',
  severity: 'error',
  testsOf: (plan) =>
    valueTests(
      plan,
      'property_value_size',
      {
        events: [...rules(plan), ...ofLimit(plan, 'event_value_bytes', (limit) => [valueBytes(limit)])],
        profiles: [...rules(plan), ...ofLimit(plan, 'profile_value_bytes', (limit) => [valueBytes(limit)])],
      },
      'The vendor cuts off or drops such values. Send a shorter value, or one property for each part of it.',
    ),
})

const rules = (plan: Plan): ValueRule[] => [
  ...ofLimit(plan, 'string_characters', (limit) => [characters(limit)]),
  ...ofLimit(plan, 'object_keys', (limit) => [keys(limit)]),
  ...ofLimit(plan, 'object_depth', (limit) => [depth(limit)]),
]

const characters = (limit: Limit): ValueRule => ({
  limit,
  counts: 'characters of texts',
  kinds: ['string'],
  isNested: true,
  leastBytes: limit.value + 1,
  measure: (value, { fn }) => sql`length(${fn.jsonScalar(value)})`,
  suspected: (json, { fn }) => fn.jsonExceeds(json, limit.value),
})

const valueBytes = (limit: Limit): ValueRule => ({
  limit,
  counts: 'bytes of lists and objects',
  kinds: ['array', 'object'],
  isNested: false,
  leastBytes: limit.value + 1,
  measure: (value, { fn }) => fn.jsonBytes(value),
  suspected: (json, { fn }) => fn.jsonExceeds(json, Math.floor(limit.value / ESCAPED)),
})

const keys = (limit: Limit): ValueRule => ({
  limit,
  counts: 'members of objects',
  kinds: ['object'],
  isNested: true,
  leastBytes: leastBytes(limit),
  measure: (value, { fn }) => fn.memberCount(value),
  suspected: (json, { fn }) => fn.jsonExceeds(json, leastBytes(limit)),
})

const depth = (limit: Limit): ValueRule => ({
  limit,
  counts: 'levels of objects',
  kinds: ['array', 'object'],
  isNested: false,
  // {"a":{}} for each level
  leastBytes: 5 * limit.value + 2,
  measure: (value, { fn }) => fn.objectDepth(value),
  suspected: (json, { fn }) => fn.jsonNests(json, limit.value + 1),
})
