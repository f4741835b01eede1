/** Two versions of a small project that take turns: other rows, and another column of a table. */
import type { Files } from '../support/files.ts'
import { version } from '../support/versions.ts'

/** Rows are lost, but never so many that a build refuses to publish fewer. */
export const FIRST = 3
export const other = (n: number): number => (n === FIRST ? FIRST + 1 : FIRST)

export const versioned = (n: number): Files => ({
  ...version(n),
  'models/people.sql': `{{ config(materialized='table') }}\nselect user_id, ${n} as ${n % 2 ? 'odd' : 'even'}\nfrom {{ ref('events') }}\n`,
  'models/seen.yml':
    'models:\n  - { name: seen, description: Who was seen., columns: [{ name: user_id, description: The user. }] }\n',
})

/**
 * What is built, and with it what its data tests read: some of each kind of relation. More of them would be more
 * statements, and none that is another.
 */
export const SELECTED = ['events', 'event_days', 'people', 'seen']

/** What each relation says the version is. */
export const COUNTS = [
  'select cast(count(*) as integer) as n from gwh.events',
  'select cast(count(*) as integer) as n from gwh.people',
  'select cast(count(*) as integer) as n from gwh.seen',
  'select cast(sum(events) as integer) as n from gwh.event_days',
]
export const QUERY = COUNTS.map((count, i) => `select ${i} as place, n from (${count}) as counted`).join(
  '\nunion all\n',
)
