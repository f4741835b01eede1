import { literal, sql } from '../../sql/sql.ts'
import { check } from '../definition.ts'
import { limitColumns, ofLimit, overLimit, said } from './limit.ts'

/** A matter of configuration: it reads no data, and is a data test so that its severity can be chosen. */
export const groupKeysLimit = check({
  name: 'group_keys_limit',
  description: 'The project registers no more group keys than the vendor allows.',
  severity: 'error',
  testsOf: (plan) =>
    ofLimit(plan, 'group_keys', (limit) => [
      {
        name: 'group_keys_limit',
        description: `The project registers no more group keys than ${said(limit)}.`,
        models: ['group_profiles'],
        at: limit.at ?? plan.catalog.project.locate(['group_keys']),
        fix: 'Register fewer group keys, or choose the limits of your contract under `limits:`.',
        failures: ({ catalog }) => sql`
          select group_keys, ${limitColumns(limit)}
          from (select ${literal(catalog.groupKeys.length)} as group_keys) as registered
          where group_keys > ${literal(limit.value)}
        `,
        explain: (row) => `group keys: ${overLimit(row['group_keys'], row)}`,
      },
    ]),
})
