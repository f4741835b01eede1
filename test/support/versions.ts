/** A project whose relations all say which version of the data they were built from. */
import { GOOD, type Files } from './files.ts'

/** Version n of the data: n events of n users of one company, so that relations can be held against each other. */
export const version = (n: number): Files => ({
  'events.csv': `event,time,user_id,company_id\n${Array.from({ length: n }, (_, i) => `log_in,2024-01-01T10:00:00Z,user_${i},acme\n`).join('')}`,
})

export const PROJECT: Files = {
  ...GOOD,
  'models/people.sql': "{{ config(materialized='table') }}\nselect user_id from {{ ref('events') }}\n",
  'models/seen.sql': "select user_id from {{ ref('people') }}\n",
}

/** What each relation says the version is. */
export const COUNTS = [
  'select cast(count(*) as integer) as n from gwh.events',
  'select cast(count(*) as integer) as n from gwh.people',
  'select cast(count(*) as integer) as n from gwh.seen',
  'select cast(sum(events) as integer) as n from gwh.group_days',
  "select cast(users as integer) as n from gwh.company_profiles where company_id = 'acme'",
]
export const QUERY = COUNTS.map((count, i) => `select ${i} as place, n from (${count}) as counted`).join(
  '\nunion all\n',
)
