import type { ModelContext } from '../../graph/model.ts'
import { join, literal, sql, type Sql } from '../../sql/sql.ts'
import { plural } from '../../problems.ts'
import { countOf, shown } from '../check.ts'
import { check } from '../definition.ts'
import { PLAIN_PLACEHOLDERS } from '../placeholders.ts'
import { beginning, limitColumns, ofLimit, said, type Limit } from './limit.ts'

const SHORT = Math.max(...PLAIN_PLACEHOLDERS.slice(1).map((text) => text.length))

/** Only where the vendor has rules for insert ids. */
export const insertIdForm = check({
  name: 'insert_id_form',
  description: 'Insert ids have the form that the vendor takes.',
  // The vendor would refuse such events; here they are counted all the same.
  severity: 'warn',
  testsOf: (plan) =>
    ofLimit(plan, 'insert_id_bytes', (limit) => [
      {
        name: 'insert_id_form',
        description: `Insert ids are letters, digits and \`-\`, have no more bytes than ${said(limit)}, and do not stand for nothing, as \`null\` does.`,
        models: ['events'],
        at: limit.at,
        fix: 'Make the insert id a UUID, or a hash of what makes the event the same event.',
        prefilter: { model: 'events', when: (c) => isWrong(limit, c) },
        rowsIn: 'events',
        failures: (c) => sql`
          select
            source,
            case
              when ${c.fn.byteCount(sql`insert_id`)} > ${literal(limit.value)} then 'too long'
              when not ${hasForm(c)} then 'has other characters'
              else 'stands for nothing'
            end as fault,
            count(*) as events,
            min(${c.fn.byBytes(sql`insert_id`)}) as example,
            max(${c.fn.byteCount(sql`insert_id`)}) as bytes,
            ${limitColumns(limit)}
          from ${c.ref('events')}
          where ${isWrong(limit, c)}
          group by 1, 2
          order by events desc, ${c.fn.byBytes(sql`source`)}, fault
        `,
        explain: (row) =>
          `insert ids in ${plural(countOf(row['events']), 'event')} of ${String(row['source'])}: ${String(row['fault'])}, such as ${shown(beginning(row['example']))}; up to ${String(row['bytes'])} bytes, allowed are ${String(row['allowed'])} by ${String(row['allowed_by'])}`,
      },
    ]),
})

const hasForm = ({ fn }: ModelContext): Sql => fn.matches(sql`insert_id`, '[A-Za-z0-9-]+')

/** Few ids are as short as the words that stand for nothing, so that most need not be compared with them. */
function isWrong({ value }: Limit, c: ModelContext): Sql {
  const [zeros = '', ...words] = PLAIN_PLACEHOLDERS
  return sql`
    case
      when insert_id is null then false
      when ${c.fn.byteCount(sql`insert_id`)} > ${literal(value)} then true
      when length(insert_id) <= ${literal(SHORT)} and ${c.fn.folded(sql`insert_id`)} in (${join(words.map(literal), ', ')}) then true
      when insert_id = ${literal(zeros)} then true
      else not ${hasForm(c)}
    end
  `
}
