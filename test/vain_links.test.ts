/** User tables and links that name no group, or users and groups that nothing else knows: told of by name. */
import { describe, expect, test } from 'vitest'
import { ENGINES } from './support/engines.ts'
import { findings, project } from './support/findings.ts'

const CHECKS = ['absent_group_keys', 'unmatched_profiles']

const files = (members: string, people: string) => ({
  'project.yml': project(`
group_keys: [{ name: company_id }, { name: team }]
sources:
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time, user: user }
    group_keys: [company_id]
  - name: members
    type: links
    file: members.csv
    columns: { user: person }
    group_keys: { company_id: org, team: team }
  - name: people
    type: user_table
    file: people.csv
    columns: { id: id }
    group_keys: { company_id: org }
`),
  'app.csv': 'event,time,user,company_id\nA,2024-03-01,ann,acme\n',
  'members.csv': `person,org,team\n${members}`,
  'people.csv': `id,org\n${people}`,
})

describe.each(ENGINES)('on %s', (engine) => {
  test('keys without an id in any row', async () => {
    const { found, passed } = await findings(files('ann,,red\n', 'ann,\nbob,\n'), engine, CHECKS)
    expect(found).toEqual({
      absent_group_keys_members: [
        'warn: 1 failures, 1 wrong row',
        "no row of members carries company_id ('org')",
      ],
      absent_group_keys_people: [
        'warn: 1 failures, 1 wrong row',
        "no row of people carries company_id ('org')",
      ],
    })
    expect(passed).toEqual([
      'absent_group_keys_app',
      'unmatched_profiles_people',
      'unmatched_profiles_members',
    ])
  })

  test('users and groups that nothing else knows', async () => {
    const { found } = await findings(
      files('person-1,org-9,\nperson-2,org-9,\n', 'ann,acme\n'),
      engine,
      CHECKS,
    )
    expect(found).toEqual({
      absent_group_keys_members: ['warn: 1 failures, 1 wrong row', 'no row of members carries team'],
      unmatched_profiles_members: [
        'warn: 2 failures, 2 wrong rows',
        "none of the 2 ids of members, such as 'person-1', is a user of an event or a profile",
        "none of the 1 id of members, such as 'org-9', is a company_id of an event or a profile",
      ],
    })
  })

  test('neither where some are known, or nothing is there', async () => {
    const right = files('ann,acme,red\nnobody,org-9,\n', 'ann,acme\n')
    expect((await findings(right, engine, CHECKS)).found).toEqual({})
    expect((await findings(files('', ''), engine, CHECKS)).found).toEqual({})
  })
})
