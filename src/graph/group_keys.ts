/** The registered group keys, with their nouns, and what is wrong with their names. */
import type { Problem } from '../problems.ts'
import type { Project } from '../project/load.ts'
import type { GroupKey } from './catalog.ts'
import { EVENT_COLUMNS, PROFILE_COLUMNS } from './connector.ts'

/** Names that relations already have a column for, and those that the vendors reserve; compared without case. */
const RESERVED_KEYS = new Set<string>([
  ...EVENT_COLUMNS,
  ...PROFILE_COLUMNS,
  'event_id',
  'copy',
  'copies',
  'source_rows',
  // PostgreSQL's own columns
  'ctid',
  'xmin',
  'xmax',
  'cmin',
  'cmax',
  'tableoid',
  'source',
  'day',
  'group_key',
  'group_id',
  'time',
  'distinct_id',
  '$distinct_id',
  '$device_id',
  '$user_id',
  '$insert_id',
  '$groups',
  'token',
])

export function resolveGroupKeys(project: Project, problems: Problem[]): GroupKey[] {
  const nouns = new Map<string, number>()
  const names = new Map<string, string>()
  let b2b: string | undefined
  return project.group_keys.flatMap((options, i) => {
    const before = problems.length
    const at = project.locate(['group_keys', i, 'name'])
    const folded = options.name.toLowerCase()
    const earlier = names.get(folded)
    if (earlier === options.name) {
      problems.push({
        code: 'duplicate_name',
        message: `The group key \`${options.name}\` is registered twice.`,
        at,
        fix: 'Remove one of the two entries.',
      })
    } else if (earlier !== undefined) {
      problems.push({
        code: 'ambiguous_case',
        message: `The group keys \`${earlier}\` and \`${options.name}\` differ only in case.`,
        at,
        fix: 'Names are compared byte for byte; register the spelling that the events use.',
      })
    }
    names.set(folded, options.name)
    if (RESERVED_KEYS.has(folded)) {
      problems.push({
        code: 'reserved_name',
        message: `\`${options.name}\` cannot be a group key: events have a column or property of that name already.`,
        at,
        fix: `Register another name and map it in the source: \`group_keys: {${nounOf(options.name)}_group: ${options.name}}\`.`,
      })
    }
    const { registered_at: from, retired_at: to } = options
    if (from !== undefined && to !== undefined && !options.backfill && Date.parse(to) <= Date.parse(from)) {
      problems.push({
        code: 'invalid_value',
        message: `\`${options.name}\` is retired before it is registered: nothing would be attributed to it.`,
        at: project.locate(['group_keys', i, 'retired_at']),
        fix: 'The two are instants, from registered_at up to retired_at.',
      })
    }
    const noun = options.noun ?? nounOf(options.name)
    if (nouns.has(noun) && earlier === undefined) {
      problems.push({
        code: 'duplicate_name',
        message: `The group keys \`${project.group_keys[nouns.get(noun) ?? 0]?.name}\` and \`${options.name}\` would both build \`${noun}_profiles\`.`,
        at: project.locate(['group_keys', i, options.noun === undefined ? 'name' : 'noun']),
        fix: 'Give one of them another `noun`.',
      })
    } else if (noun === 'group' || noun === 'user') {
      problems.push({
        code: 'reserved_name',
        message: `\`${noun}_profiles\` is a relation of its own, so \`${noun}\` cannot be a noun.`,
        at,
        fix: 'Give the key another `noun`.',
      })
    }
    nouns.set(noun, i)
    if (options.b2b) {
      if (b2b !== undefined) {
        problems.push({
          code: 'duplicate_name',
          message: `\`${b2b}\` and \`${options.name}\` are both marked \`b2b\`; there is one company key.`,
          at: project.locate(['group_keys', i, 'b2b']),
          fix: 'Leave `b2b: true` at one of them.',
        })
      }
      b2b = options.name
    }
    if (problems.length > before) {
      project.broken.add('group_keys', options.name)
      return []
    }
    return [{ ...options, noun, label: options.label ?? noun }]
  })
}

/** `company` from `company_id`, `workspace` from `workspaceId`, `team_id` from `$team id`. */
export function nounOf(key: string): string {
  const snake = key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase()
  const noun = snake.replace(/_(ids?|keys?|uuid)$/, '')
  return /^[a-z_]/.test(noun) ? noun : `group_${noun}`
}
