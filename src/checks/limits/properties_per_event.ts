import { literal, sql } from '../../sql/sql.ts'
import { shown } from '../check.ts'
import { check } from '../definition.ts'
import { leastBytes } from './profiles.ts'
import { limitColumns, ofLimit, overLimit, said } from './limit.ts'

/** Only sources with more properties than that in all can have an event that has them at once. */
export const propertiesPerEvent = check({
  name: 'properties_per_event',
  description: 'No event has more properties that its source keeps than the vendor allows.',
  severity: 'error',
  testsOf: (plan) =>
    ofLimit(plan, 'properties_per_event', (limit) => [
      {
        name: 'properties_per_event',
        description: `No event has more properties than ${said(limit)}.`,
        models: ['events', 'event_properties'],
        at: limit.at,
        fix: 'Send one object or list where there are many properties of one kind, or leave out what nobody asks for.',
        prefilter: {
          model: 'event_properties',
          when: (c) => sql`
            (
              select max(properties)
              from (select count(*) as properties from ${c.ref('event_properties')} group by source) as of_sources
            ) > ${literal(limit.value)}
          `,
        },
        rowsIn: 'events',
        failures: (c) => {
          const properties = c.fn.memberCount(sql`properties`)
          return sql`
            with
            rich_sources as (
              select source
              from ${c.ref('event_properties')}
              group by source
              having count(*) > ${literal(limit.value)}
            )
            select
              source,
              event_name,
              count(*) as events,
              max(properties) as properties,
              min(event_id) as example,
              ${limitColumns(limit)}
            from (
              select source, event_name, event_id, ${properties} as properties
              from ${c.ref('events')}
              where source in (select source from rich_sources)
                and ${c.fn.jsonExceeds(sql`properties`, leastBytes(limit))}
            ) as large_events
            where properties > ${literal(limit.value)}
            group by source, event_name
            order by properties desc, events desc, ${c.fn.byBytes(sql`source`)}, ${c.fn.byBytes(sql`event_name`)}
          `
        },
        explain: (row) =>
          `properties on ${shown(row['event_name'])} of ${String(row['source'])}: up to ${overLimit(row['properties'], row)}, such as event ${String(row['example'])}`,
      },
    ]),
})
