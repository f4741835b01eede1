/** A report that names an event which is left out of every relation waits for it in vain. */
import { describe, expect, test } from 'vitest'
import { load } from '../../src/gwh.ts'
import { problemsOf, writeProject } from '../support/projects.ts'
import { withReports } from '../support/reports.ts'

const withExcluded = (reports: string) => {
  const files = withReports(reports)
  return { ...files, 'project.yml': `${files['project.yml'] ?? ''}exclude_events:\n  - other\n  - Ping\n` }
}

const MIXPANEL = `
sources:
  - { name: mp, type: events, connector: mixpanel, layout: export, file: mp.ndjson, group_keys: [] }
`
const mixpanel = (sources: string, event: string) => ({
  'project.yml': `name: small
target: dev
targets: { dev: { type: duckdb, path: small.duckdb } }
group_keys: [{ name: company_id }]
${sources}reports:
  - { name: r, type: uniques, interval: day, by: user, event: ${event} }
`,
})

describe('an event that is left out by exclude_events', () => {
  test('is told of with both places', async () => {
    expect(
      await problemsOf(
        withExcluded('- { name: f, type: funnel, by: user, steps: [sign_up, { event: Ping }] }\n'),
      ),
    ).toBe(`models/reports.yml:2:66  contradiction
  Report \`f\`: \`Ping\` is never counted: \`exclude_events\` leaves it out (project.yml:29).
    2 |   - { name: f, type: funnel, by: user, steps: [sign_up, { event: Ping }] }
      |                                                                  ^
  Name another event here, or take this one out of \`exclude_events\`.

exit code 2`)
  })

  test.each([
    ['a step of its name', 'type: funnel, by: user, steps: [sign_up, Ping]'],
    [
      'an exclusion',
      'type: funnel, by: user, steps: [sign_up, pay], exclusions: [{ event: Ping, after_step: 1, before_step: 2 }]',
    ],
    ['a start', 'type: retention, by: user, start: Ping, return: sign_up, interval: day'],
    ['a return', 'type: retention, by: user, start: sign_up, return: Ping, interval: day'],
    ['a metric', 'type: uniques, interval: day, metrics: [{ name: m, by: user, event: Ping }]'],
    ['the event of days', 'type: stickiness, by: user, interval: month, event: Ping'],
    ['the event of life cycles', 'type: lifecycle, by: user, interval: day, event: Ping'],
    ['the event of numbers', 'type: number_of_users_who_did, by: company_id, interval: day, event: Ping'],
    ['a field beside one that is not known', 'type: uniques, by: user, interval: day, event: Ping, windw: 3'],
  ])('as %s', async (_, report) => {
    const said = await problemsOf(withExcluded(`- { name: r, ${report} }\n`))
    expect(said).toContain('`Ping` is never counted: `exclude_events` leaves it out (project.yml:29).')
  })

  test('is another one in another case, and no name of something else', () => {
    const dir = writeProject(
      withExcluded('- { name: ping, type: uniques, by: user, interval: day, event: ping }\n'),
    )
    expect(load(dir, { env: {} }).plan.catalog.reports.map(({ name }) => name)).toEqual(['ping'])
  })
})

describe('an event that a connector leaves out by itself', () => {
  test('is told of where no source has it', async () => {
    expect(await problemsOf(mixpanel(MIXPANEL, '$identify'))).toContain(
      'Report `r`: `$identify` is never counted: the connector `mixpanel` leaves it out of `mp`.',
    )
  })

  test('may come from a source of another connector, or from one that cannot be read yet', async () => {
    const columns = 'columns: { event: event, time: time }'
    const other = `${MIXPANEL}  - { name: app, type: events, file: app.csv, ${columns} }\n`
    const dir = writeProject(mixpanel(other, '$identify'))
    expect(load(dir, { env: {} }).plan.catalog.reports).toHaveLength(1)
    const broken = await problemsOf(mixpanel(other.replace(columns, 'colums: {}'), '$identify'))
    expect(broken).toContain('colums')
    expect(broken).not.toContain('never counted')
  })
})
