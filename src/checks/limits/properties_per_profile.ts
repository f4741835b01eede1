import { literal, sql } from '../../sql/sql.ts'
import { shown } from '../check.ts'
import { check } from '../definition.ts'
import { limitColumns, ofLimit, overLimit, said } from './limit.ts'
import { leastBytes, profilesOf } from './profiles.ts'

export const propertiesPerProfile = check({
  name: 'properties_per_profile',
  description: 'No profile of a group or user has more properties than the vendor allows.',
  severity: 'error',
  testsOf: (plan) =>
    ofLimit(plan, 'properties_per_profile', (limit) =>
      profilesOf(plan).map((profiles) => ({
        name: `properties_per_profile_${profiles.name}`,
        description: `No row of ${profiles.said} has more properties than ${said(limit)}.`,
        models: profiles.models,
        sources: profiles.sources,
        at: limit.at,
        fix: 'Further properties are not kept by the vendor. Leave out what nobody asks for.',
        prefilter: profiles.prefilter(({ fn }) => fn.jsonExceeds(sql`properties`, leastBytes(limit))),
        failures: (c) => sql`
          select owner, id, max(members) as properties, ${limitColumns(limit)}
          from (
            select owner, id, ${c.fn.memberCount(sql`properties`)} as members
            from ${profiles.rows(c)}
            where ${c.fn.jsonExceeds(sql`properties`, leastBytes(limit))}
          ) as large_profiles
          where members > ${literal(limit.value)}
          group by owner, id
          order by properties desc, ${c.fn.byBytes(sql`owner`)}, ${c.fn.byBytes(sql`id`)}
        `,
        explain: (row) =>
          `properties of ${shown(row['id'])} (${String(row['owner'])}): ${overLimit(row['properties'], row)}`,
      })),
    ),
})
