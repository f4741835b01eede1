/** Names that look like group keys, however their words are joined. Both engines say the same. */
import { describe, expect, test } from 'vitest'
import { ENGINES } from './support/engines.ts'
import { findings, project } from './support/findings.ts'

/** Found in whatever case and with whatever separators. */
const LIKE_KEYS = [
  '$group_0',
  '$group_id',
  '$groups',
  ' team-id ',
  'TEAM_ID',
  'Workspace ID',
  'account id',
  'client_id',
  'clientId',
  'context.groupId',
  'customer_ids',
  'orgId',
  'organizationID',
  'parentAccountId',
  'stripe customer key',
  'tenant-id',
]

/** Ids of users, devices, sessions and orders, groups by name, and the key that is registered. */
const OTHERS = [
  '$device_id',
  '$insert_id',
  '$user_id',
  'Company ID',
  'clientele_id',
  'company_id',
  'customer',
  'device-id',
  'distinct_id',
  'ga_client_id',
  'groups',
  'oauthClientId',
  'order id',
  'project',
  'sessionId',
  'user_id',
]

const project_yml = project(`
group_keys: [{ name: company_id }]
sources:
  - name: web
    type: events
    file: web.ndjson
    columns: { event: event, time: time }
    properties_column: props
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time }
`)

function filesWith(names: readonly string[]) {
  const columns = [...new Set(['company_id', ...names])]
  const props = Object.fromEntries(names.map((name) => [name, 'x']))
  return {
    'project.yml': project_yml,
    'web.ndjson': JSON.stringify({ event: 'A', time: '2024-03-01', props }),
    'app.csv': `event,time,${columns.join(',')}\nA,2024-03-01,${columns.map(() => 'x').join(',')}\n`,
  }
}

describe.each(ENGINES)('names of keys on %s', (engine) => {
  const named = async (names: readonly string[]) => {
    const { found } = await findings(filesWith(names), engine, ['unregistered_group_keys'])
    return found
  }

  test('that nobody registered', { timeout: 60_000 }, async () => {
    const found = await named(LIKE_KEYS)
    expect(Object.keys(found)).toEqual(['unregistered_group_keys', 'unregistered_group_keys_app'])
    const count = LIKE_KEYS.length
    for (const [message] of Object.values(found)) {
      expect(message).toBe(`warn: ${count} failures, ${count} wrong rows`)
    }
  })

  test('that are none', { timeout: 60_000 }, async () => {
    expect(await named(OTHERS)).toEqual({})
  })
})
