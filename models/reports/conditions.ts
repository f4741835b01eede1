/** Conditions and filters of reports as SQL over the columns of `events` and the id of what is counted. */
import { belongsNow } from '../../src/graph/belonging.ts'
import { isPlain, isPlainOfGroup, textForm } from '../../src/graph/filter_values.ts'
import type { Entity } from '../../src/graph/entity.ts'
import type { ModelContext } from '../../src/graph/model.ts'
import { sharedSql } from '../../src/graph/shared_sql.ts'
import { called } from '../../src/graph/called.ts'
import { isTime, type Condition, type Filter, type Property } from '../../src/project/report_schema.ts'
import { exactNumber } from '../../src/project/scalars.ts'
import { identifier, join, literal, sql, trusted, type Sql } from '../../src/sql/sql.ts'

/** The column that holds the id of what is counted. */
export const entityColumn = (by: Entity): Sql => (by.kind === 'user' ? sql`user_id` : sql`group_id`)

/**
 * The name of that column in the relation of a report: `user_id`, or the group key, as in the profiles of its groups;
 * `group_id` where the relation has a column of that name already.
 */
export function idName(by: Entity, others: readonly string[]): string {
  if (by.kind === 'user') return 'user_id'
  const { name } = by.key
  return others.some((other) => other.toLowerCase() === name.toLowerCase()) ? 'group_id' : name
}

/** The id of what is counted, under its name in the relation of a report. */
export const namedId = (id: Sql, name: string): Sql =>
  name === 'user_id' || name === 'group_id' ? id : sql`${id} as ${identifier(name)}`

/** `user`, or the name of the group key, as a project writes it. */
export const byName = (by: Entity): string => (by.kind === 'user' ? 'user' : by.key.name)

/** Of what the report speaks: "users", "groups of company_id". */
export const entityNoun = (by: Entity): string => (by.kind === 'user' ? 'users' : `groups of ${by.key.name}`)

/** Whether a filter or breakdown reads the properties of events, which `event_groups` does not have. */
export const readsEvent = ({ of }: Property): boolean => of === 'event'

/** Whether a property is one of the groups that are counted. */
export const isOwn = ({ of }: Pick<Property, 'of'>, by: Entity): boolean =>
  by.kind === 'group' && by.key.name === of

/** Whether a property is one of whoever is counted, and so the same on all of their events. */
export function isOfCounted({ of, through, properties }: Property, by: Entity): boolean {
  if (by.kind === 'user') return of === 'user' || through === 'user'
  return of === by.key.name && properties === 'latest'
}

/** Whether conditions need more than `event_groups` has. */
export function needsProperties(filters: readonly Filter[]): boolean {
  return filters.some(readsEvent)
}

/** `event_name = 'sign_up' and properties ->> 'plan' = 'pro'`; undefined where every event matches. */
export function matches(condition: Condition, by: Entity, c: ModelContext): Sql | undefined {
  return allOf([
    ...(condition.event === undefined ? [] : [sql`event_name = ${literal(condition.event)}`]),
    ...condition.where.map((filter) => filterSql(filter, by, c)),
  ])
}

export function allOf(conditions: readonly Sql[]): Sql | undefined {
  if (conditions.length === 0) return undefined
  return conditions.length === 1 ? conditions[0] : join(conditions, ' and ')
}

/** The names of events that a report reads, or undefined when it reads all. */
export function eventNames(conditions: readonly Condition[]): string[] | undefined {
  const names = conditions.map(({ event }) => event)
  return names.some((name) => name === undefined) ? undefined : [...new Set(names as string[])]
}

/** Whether two conditions may hold of one event; certain only where names differ. */
export const mayOverlap = (a: Condition, b: Condition): boolean =>
  a.event === undefined || b.event === undefined || a.event === b.event

/** The same condition, written twice. */
export const isSame = (a: Condition, b: Condition): boolean => JSON.stringify(a) === JSON.stringify(b)

/** A filter on a property of events, whoever is counted. */
const ofEvent = sharedSql((filter: Filter, c) => {
  const value = c.fn.propertyText(sql`properties`, filter.property)
  return compares(value, filter, c, () => isPlain(filter.property, c))
})

/**
 * A filter as a condition on an event and on what is counted. Of several groups it is enough that it holds of
 * one; where there is none, the value is absent, as it is for a breakdown.
 */
export const filterSql = (filter: Filter, by: Entity, c: ModelContext): Sql =>
  filter.of === 'event' ? ofEvent(filter, c) : ofProfiles({ filter, by }, c)

interface Counted {
  readonly filter: Filter
  readonly by: Entity
}

const ofProfiles = sharedSql(({ filter, by }: Counted, c) => {
  const { property, of } = filter
  if (of === 'user') {
    return sql`
      user_id in (
        select user_id
        from ${c.ref('user_profiles')}
        where ${compares(userProperty(property, c), filter, c, () => isPlain(property, c))}
      )
    `
  }
  const own = isOwn(filter, by)
  const value = valueOfGroup(filter, by, c)
  const plain = () =>
    isPlainOfGroup(filter, { id: idOfGroup(filter, by), column: columnOfGroup(filter, by) }, c)
  const passes = compares(value, filter, c, plain)
  // what is absent passes some conditions, those that only a value can fail
  const opposite = OPPOSITES[filter.op]
  const fails = opposite && compares(value, { ...filter, op: opposite }, c, plain)
  if (own && filter.properties === 'as_of') {
    return sql`
      ${fails ? sql`not exists` : sql`exists`} (
        select 1
        from ${c.ref(historyOf(of, c))} as version
        where version.${identifier(of)} = group_id
          and ${inForce(sql`occurred_at`, filter, c)}
          and ${fails ?? passes}
      )
    `
  }
  if (own) {
    return sql`
      group_id in (
        select ${identifier(of)}
        from ${profilesOf(of, c)}
        where ${passes}
      )
    `
  }
  const column = linkColumn(filter)
  const passing = sql`
    -- any of several groups
    select link.${column}
    ${valuesOfGroups(filter, c)}
      and ${passes}
  `
  if (fails) {
    return c.fn.isNoneOf(
      column,
      sql`
        select link.${column}
        ${valuesOfGroups(filter, c)}
          and ${fails}
          and ${c.fn.isNoneOf(sql`link.${column}`, passing)}
      `,
    )
  }
  return sql`
    ${column} in (
      ${passing}
    )
  `
})

/** What a row of `valuesOfGroups` is of. */
export const linkColumn = ({ through }: Property): Sql => (through === 'user' ? sql`user_id` : sql`event_id`)

/**
 * The property in `valuesOfGroups` as text, the same text on every engine; of the groups that are counted, in their
 * profiles or a `version` of them.
 */
export const valueOfGroup = (given: Property, by: Entity, c: ModelContext): Sql =>
  sql`nullif(${c.fn.valueText(textForm(columnOfGroup(given, by), given, c))}, '')`

const columnOfGroup = (given: Property, by: Entity): Sql => inRelation(given.property, given, by)

/** The group that has it. */
const idOfGroup = (given: Property, by: Entity): Sql => inRelation(given.of, given, by)

/** A column; with the relation, for others may have a column of the name, as `events` is one of links as well. */
function inRelation(name: string, given: Property, by: Entity): Sql {
  const column = identifier(name)
  if (given.properties === 'as_of') return sql`version.${column}`
  return isOwn(given, by) ? column : sql`profile.${column}`
}

/** `from` and `where`: the groups of each event as `link`, or of each user's profile, with their properties. */
export function valuesOfGroups(property: Property, c: ModelContext): Sql {
  const { of, through } = property
  if (property.properties === 'as_of') {
    return sql`
      from ${c.ref('event_groups')} as link
      left join ${c.ref(historyOf(of, c))} as version
        on version.${identifier(of)} = link.group_id and ${inForce(sql`link.occurred_at`, property, c)}
      where link.group_key = ${literal(of)}
    `
  }
  return sql`
    from ${c.ref(through === 'user' ? 'user_groups' : 'event_groups')} as link
    join ${profilesOf(of, c)} as profile on profile.${identifier(of)} = link.group_id
    where link.group_key = ${literal(of)}${through === 'user' ? sql` and ${belongsNow(c.catalog, sql`link.`)}` : sql``}
  `
}

/** The version of a group that held at a time, of the Group Table with the property: `valid_to` is excluded. */
export function inForce(time: Sql, { property, of }: Property, { catalog }: ModelContext): Sql {
  const tables = catalog.sourcesOf('group_table').filter((table) => table.groupKey === of && table.hasHistory)
  const table = tables.find((t) => t.properties.some(({ name }) => name === property))
  const ofTable = tables.length > 1 && table ? sql`version.source = ${literal(table.name)} and ` : sql``
  return sql`${ofTable}version.valid_from <= ${time} and (${time} < version.valid_to or version.valid_to is null)`
}

export const nounOfKey = (key: string, { catalog }: Pick<ModelContext, 'catalog'>): string =>
  called(catalog.groupKeys, key)?.noun ?? key

export const profilesOf = (key: string, c: ModelContext): Sql => c.ref(`${nounOfKey(key, c)}_profiles`)

export const historyOf = (key: string, c: ModelContext): string => `${nounOfKey(key, c)}_history`

export const userProperty = (property: string, c: ModelContext): Sql =>
  c.fn.propertyText(sql`properties`, property)

/** What holds where there is no value, and what then does not. */
const OPPOSITES: Partial<Record<Filter['op'], Filter['op']>> = {
  neq: 'eq',
  not_in: 'in',
  not_contains: 'contains',
  is_null: 'is_not_null',
}

const SYMBOLS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

/**
 * A text held against a filter's value. A number or truth value without quotes is held against texts as it is written,
 * and against numbers and truth values by what it is.
 * @param isPlainValue a condition: the value is one of these and not a text; undefined where it never is
 */
function compares(
  value: Sql,
  { op, value: given }: Filter,
  { fn }: ModelContext,
  isPlainValue: () => Sql | undefined,
): Sql {
  const scalars = given === undefined ? [] : [given].flat()
  const list = scalars.map(({ text }) => text)
  const one = list[0] ?? ''
  const isOne = (texts: readonly string[]) =>
    texts.length === 1
      ? sql`${value} = ${literal(texts[0] ?? '')}`
      : sql`${value} in (${join(texts.map(literal), ', ')})`
  const equal = () => {
    const plain = scalars.map((scalar) => scalar.plain ?? scalar.text)
    const isOther = plain.every((text, i) => text === list[i]) ? undefined : isPlainValue()
    if (isOther === undefined) return { condition: isOne(list), isList: list.length !== 1 }
    return { condition: sql`(${isOne(list)} or ${isOther} and ${isOne(plain)})`, isList: false }
  }
  switch (op) {
    case 'eq':
    case 'in':
      return equal().condition
    case 'neq':
    case 'not_in': {
      const { condition, isList } = equal()
      // what is absent is not equal to anything
      return sql`coalesce(not ${isList ? condition : sql`(${condition})`}, true)`
    }
    case 'contains':
      return sql`strpos(${fn.folded(value)}, ${fn.folded(literal(one))}) > 0`
    case 'not_contains':
      return sql`coalesce(strpos(${fn.folded(value)}, ${fn.folded(literal(one))}) = 0, true)`
    case 'starts_with':
      return sql`starts_with(${fn.folded(value)}, ${fn.folded(literal(one))})`
    case 'is_null':
      return sql`${value} is null`
    case 'is_not_null':
      return sql`${value} is not null`
    default: {
      // The schema has seen to it that the value is a number or a time.
      if (isTime(one))
        return sql`${fn.typed(value, 'timestamp')} ${trusted(SYMBOLS[op])} ${fn.instantLiteral(one)}`
      return fn.isBeside(value, SYMBOLS[op], exactNumber(one))
    }
  }
}
