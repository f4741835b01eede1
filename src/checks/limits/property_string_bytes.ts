import { check } from '../definition.ts'
import { ofLimit } from './limit.ts'
import { valueTests, type ValueRule } from './value_rules.ts'

/** Vendors count bytes on one page and characters on another, so that more bytes need not be a fault. */
export const propertyStringBytes = check({
  name: 'property_string_bytes',
  description:
    'Texts in properties have no more bytes than the vendor allows; of events, in those that their sources keep.',
  severity: 'warn',
  testsOf(plan) {
    const rules = ofLimit(plan, 'string_bytes', (limit): ValueRule[] => [
      {
        limit,
        counts: 'bytes of texts',
        kinds: ['string'],
        isNested: true,
        leastBytes: limit.value + 1,
        measure: (value, { fn }) => fn.jsonBytes(value),
        suspected: (json, { fn }) => fn.jsonExceeds(json, limit.value),
      },
    ])
    return valueTests(
      plan,
      'property_string_bytes',
      { events: rules, profiles: rules },
      'The vendor may cut such texts off. Send a shorter text.',
    )
  },
})
