/** Two versions of a small project that take turns: other rows, and another column of a table. */
import type { Files } from '../support/files.ts'
import { version } from '../support/versions.ts'

/** Rows are lost, but never so many that a build refuses to publish fewer. */
export const FIRST = 3
export const other = (n: number): number => (n === FIRST ? FIRST + 1 : FIRST)

export const versioned = (n: number): Files => ({
  ...version(n),
  'models/people.sql': `{{ config(materialized='table') }}\nselect user_id, ${n} as ${n % 2 ? 'odd' : 'even'}\nfrom {{ ref('events') }}\n`,
})
