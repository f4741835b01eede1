/** The table of what was called otherwise in version 0.1. */
import { RENAMED_COLUMNS } from '../../src/graph/renames.ts'
import { code, table } from './markdown.ts'

export const renamesTable = (): string =>
  table(
    ['relation', 'column of 0.1', 'column now'],
    Object.entries(RENAMED_COLUMNS).flatMap(([relation, columns]) =>
      Object.entries(columns).map(([before, now]) => [
        code(relation),
        code(before),
        now.startsWith('<') ? `the name of the group key` : code(now),
      ]),
    ),
  )
