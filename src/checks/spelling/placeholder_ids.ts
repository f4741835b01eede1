import * as z from 'zod'
import type { ModelContext } from '../../graph/model.ts'
import { join, literal, sql, type Sql } from '../../sql/sql.ts'
import { check } from '../definition.ts'
import { PLACEHOLDERS } from '../placeholders.ts'
import { seen, visibly } from '../sentences.ts'

/** A group named `null`, in which everyone without a company meets: the largest customer, and not one. */
export const placeholderIds = check({
  name: 'placeholder_ids',
  description:
    'No group and no user has an id that stands for "none", such as null, undefined, unknown or 0.',
  severity: 'warn',
  options: z.object({
    allow: z
      .array(z.string())
      .default([])
      .describe('Ids of the list that are real ones here, byte for byte.'),
  }),
  testsOf: ({ catalog }, { allow }) => {
    const list = (ids: readonly string[]) => join(ids.map(literal), ', ')
    const stands = ({ fn }: ModelContext, id: Sql) =>
      sql`${fn.folded(fn.trimmed(id))} in (${list(PLACEHOLDERS)})${allow.length > 0 ? sql` and ${id} not in (${list(allow)})` : sql``}`
    const explain = (what: string, row: Readonly<Record<string, unknown>>) =>
      `${what} has the id ${visibly(row['id'])}: ${seen(row['events'], row['first_seen_at'], row['last_seen_at'])}`
    const fix =
      'Send no id where there is none, or make it null in the query or view that the source reads. An id that is real can be named under `allow`.'
    return [
      ...(catalog.groupKeys.length === 0
        ? []
        : [
            {
              name: 'placeholder_ids_of_groups',
              description: 'No group id stands for "none".',
              models: ['group_profiles'],
              prefilter: { model: 'group_profiles', when: (c: ModelContext) => stands(c, sql`group_id`) },
              rowsIn: 'events',
              failures: (c: ModelContext) => sql`
                select group_key, group_id as id, events, first_seen_at, last_seen_at
                from ${c.ref('group_profiles')}
                where ${stands(c, sql`group_id`)}
                order by events desc, group_key, ${c.fn.byBytes(sql`group_id`)}
              `,
              explain: (row: Readonly<Record<string, unknown>>) =>
                explain(`A group of ${String(row['group_key'])}`, row),
              fix,
            },
          ]),
      {
        name: 'placeholder_ids_of_users',
        description: 'No user id stands for "none".',
        models: ['user_profiles'],
        prefilter: { model: 'user_profiles', when: (c) => stands(c, sql`user_id`) },
        rowsIn: 'events',
        failures: (c) => sql`
          select user_id as id, events, first_seen_at, last_seen_at
          from ${c.ref('user_profiles')}
          where ${stands(c, sql`user_id`)}
          order by events desc, ${c.fn.byBytes(sql`user_id`)}
        `,
        explain: (row) => explain('A user', row),
        fix,
      },
    ]
  },
})
