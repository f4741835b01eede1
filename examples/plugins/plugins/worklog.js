/** Hours of work as events: who worked when, for which client, on what. */
import { column, connector, instant, z } from 'gwh/kit'

/** The layout is fixed, so the connector itself is what names a column. */
const field = (name) => column(name, ['connector'])

export default connector({
  name: 'worklog',
  description: 'A work log: started, worker, client, task.',
  detect: [{ type: 'events', options: {}, columns: ['started', 'worker', 'client', 'task'] }],
  events: {
    options: z.object({
      group_key: z.string().min(1).describe('The registered group key whose groups the clients are.'),
    }),
    map: ({ group_key: key }) => ({
      name: field('task'),
      time: instant(field('started')),
      user: field('worker'),
      keys: { [key]: 'client' },
      properties: [],
    }),
  },
})
