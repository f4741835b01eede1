import { literal, sql } from '../../sql/sql.ts'
import { check, shown } from '../check.ts'
import { limitColumns, ofLimit, overLimit, said } from './limit.ts'
import { leastBytes, profilesOf } from './profiles.ts'

export const propertiesPerProfile = check({
  name: 'properties_per_profile',
  description: 'No profile of a group or user has more properties than the vendor allows.',
  severity: 'error',
  testsOf: (plan) =>
    ofLimit(plan, 'properties_per_profile', (limit) =>
      profilesOf(plan).map(({ model, owner, id }) => ({
        name: `properties_per_profile_${model}`,
        description: `No row of \`${model}\` has more properties than ${said(limit)}.`,
        models: [model],
        at: limit.at,
        mend: 'Further properties are not kept by the vendor. Leave out what nobody asks for.',
        suspects: { model, when: ({ fn }) => fn.jsonExceeds(sql`properties`, leastBytes(limit)) },
        failures: (c) => sql`
          select ${owner} as owner, ${id} as id, ${c.fn.memberCount(sql`properties`)} as properties, ${limitColumns(limit)}
          from ${c.ref(model)}
          where ${c.fn.jsonExceeds(sql`properties`, leastBytes(limit))}
            and ${c.fn.memberCount(sql`properties`)} > ${literal(limit.value)}
        `,
        explain: (row) =>
          `properties of ${shown(row['id'])} (${String(row['owner'])}): ${overLimit(row['properties'], row)}`,
      })),
    ),
})
