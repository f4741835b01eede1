/** Names of events that say nothing. */
import { check, literal, sql, z } from 'gwh/kit'

export default check({
  name: 'short_names',
  description: 'Names of events are long enough to say something.',
  severity: 'warn',
  options: z.object({ shortest: z.int().positive().default(3).describe('The fewest letters of a name.') }),
  testsOf: (_, { shortest }) => [
    {
      name: 'short_names',
      description: `Names of events have at least ${shortest} letters.`,
      models: ['events'],
      rowsIn: 'events',
      fix: 'Give the event a name that says what happened.',
      failures: ({ ref }) => sql`
        select event_name, count(*) as events
        from ${ref('events')}
        where length(event_name) < ${literal(shortest)}
        group by event_name
        order by event_name
      `,
      explain: ({ event_name: name, events }) => `'${name}' (${events} events)`,
    },
  ],
})
