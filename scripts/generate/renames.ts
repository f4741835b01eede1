/** The tables of what was called otherwise in version 0.1. */
import { RENAMED_COLUMNS, RENAMED_RELATIONS } from '../../src/graph/renames.ts'
import { code, table } from './markdown.ts'

export const renamesTables = (): string =>
  [
    table(
      ['relation of 0.1', 'relation now'],
      Object.entries(RENAMED_RELATIONS).map(([before, now]) => [code(before), code(now)]),
    ),
    table(
      ['relation', 'column of 0.1', 'column now'],
      Object.entries(RENAMED_COLUMNS).flatMap(([relation, columns]) =>
        Object.entries(columns).map(([before, now]) => [
          code(relation),
          code(before),
          now.startsWith('<') ? 'the name of the group key' : code(now),
        ]),
      ),
    ),
  ].join('\n\n')
