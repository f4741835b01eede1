/** What is wrong in the fields of each type of report, as it is shown. */
import { describe, expect, test } from 'vitest'
import { load } from '../../src/gwh.ts'
import { writeProject } from '../support/projects.ts'
import { FUNNEL, RETENTION, shown, UNIQUES, withReports } from '../support/reports.ts'

describe('a funnel', () => {
  test('without a first step that others could come after', async () => {
    expect(
      await shown(`${FUNNEL}, order: unordered, range: { to: 2024-01-31 }, complete_after_range: true }`),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:2:144  contradiction
        Report \`f\`: an unordered funnel may begin with any of its steps, so none of them is a later one.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], order: unordered, range: { to: 2024-01-31 }, complete_after_range: true }
            |                                                                                                                                                ^
        Remove \`complete_after_range\`.

      exit code 2"
    `)
  })

  test('without steps', async () => {
    expect(await shown(`- { name: f, type: funnel, by: user }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:5  missing_field
        Report \`f\`: \`steps\` is missing.
          2 |   - { name: f, type: funnel, by: user }
            |     ^
        Add \`steps:\` (a list).

      exit code 2"
    `)
  })

  test('of one step', async () => {
    expect(await shown(`- { name: f, type: funnel, by: user, steps: [sign_up] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:47  invalid_value
        Report \`f\`: a funnel has at least two steps.
          2 |   - { name: f, type: funnel, by: user, steps: [sign_up] }
            |                                               ^
        Add a step; for who did one event, use \`type: uniques\` or \`allow_one_step: true\`.

      exit code 2"
    `)
  })

  test('whose only step that cannot be skipped is the first', async () => {
    expect(
      await shown(
        `- { name: f, type: funnel, by: user, steps: [sign_up, { event: log_in, optional: true }] }`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:2:47  invalid_value
        Report \`f\`: a funnel has at least two steps that cannot be skipped: all that enter this one have converted.
          2 |   - { name: f, type: funnel, by: user, steps: [sign_up, { event: log_in, optional: true }] }
            |                                               ^
        Remove \`optional\` from a step; if the first step alone is meant, say \`allow_one_step: true\`.

      exit code 2"
    `)
  })

  test('whose default end comes before the step where its times begin', async () => {
    expect(
      await shown(
        `- { name: f, type: funnel, by: user, steps: [sign_up, log_in, { event: pay, optional: true }], time_to_convert: { from_step: 2 } }`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:2:128  invalid_value
        Report \`f\`: \`from_step\` comes before \`to_step\`, both within the 3 steps; not 2 and 2.
          2 |   - { name: f, type: funnel, by: user, steps: [sign_up, log_in, { event: pay, optional: true }], time_to_convert: { from_step: 2 } }
            |                                                                                                                                ^
        \`to_step\` is the last step that cannot be skipped unless it is said.

      exit code 2"
    `)
  })

  test('whose first step can be skipped', async () => {
    expect(
      await shown(
        `- { name: f, type: funnel, by: user, steps: [{ event: sign_up, optional: true }, log_in] }`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:2:76  contradiction
        Report \`f\`: the first step cannot be optional: it is where attempts start.
          2 |   - { name: f, type: funnel, by: user, steps: [{ event: sign_up, optional: true }, log_in] }
            |                                                                            ^
        Remove \`optional\`.

      exit code 2"
    `)
  })

  test('with a step of no event', async () => {
    expect(await shown(`- { name: f, type: funnel, by: user, steps: [sign_up, { optional: true }] }`))
      .toMatchInlineSnapshot(`
        "models/reports.yml:2:57  invalid_value
          Report \`f\`: \`steps[1].event\` is not valid: say exactly one of \`event\` and \`any_event: true\`.
            2 |   - { name: f, type: funnel, by: user, steps: [sign_up, { optional: true }] }
              |                                                         ^

        exit code 2"
      `)
  })

  test('with a step of any event and one', async () => {
    expect(
      await shown(
        `- { name: f, type: funnel, by: user, steps: [sign_up, { event: log_in, any_event: true }] }`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:2:66  invalid_value
        Report \`f\`: \`steps[1].event\` is not valid: say exactly one of \`event\` and \`any_event: true\`.
          2 |   - { name: f, type: funnel, by: user, steps: [sign_up, { event: log_in, any_event: true }] }
            |                                                                  ^

      exit code 2"
    `)
  })

  test('with a window of nothing', async () => {
    expect(await shown(`${FUNNEL}, window: { value: 0, unit: day } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:94  invalid_value
        Report \`f\`: \`window.value\` must be more than 0; \`unlimited\` is a window without end.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], window: { value: 0, unit: day } }
            |                                                                                              ^

      exit code 2"
    `)
  })

  test('with a window in words', async () => {
    expect(await shown(`${FUNNEL}, window: 14 days }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:85  invalid_value
        Report \`f\`: \`window\` must be \`unlimited\`, or a map of \`value\`, \`unit\`.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], window: 14 days }
            |                                                                                     ^
        Write \`window: { value: 14, unit: day }\`, or \`window: unlimited\`.

      exit code 2"
    `)
  })

  test('with a typo in a window', async () => {
    expect(await shown(`${FUNNEL}, window: unlimitd }`)).toContain('Did you mean `unlimited`?')
  })

  test('with a negative window', async () => {
    expect(await shown(`${FUNNEL}, window: { value: -1, unit: day } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:94  invalid_value
        Report \`f\`: \`window.value\` must be more than 0; \`unlimited\` is a window without end.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], window: { value: -1, unit: day } }
            |                                                                                              ^

      exit code 2"
    `)
  })

  test('with a window of part of a unit', async () => {
    expect(await shown(`${FUNNEL}, window: { value: 1.5, unit: day } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:94  invalid_value
        Report \`f\`: \`window.value\` must be a whole number.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], window: { value: 1.5, unit: day } }
            |                                                                                              ^

      exit code 2"
    `)
  })

  test('with a window of an unknown unit', async () => {
    expect(await shown(`${FUNNEL}, window: { value: 1, unit: days } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:103  invalid_value
        Report \`f\`: \`window.unit\` must be one of \`second\`, \`minute\`, \`hour\`, \`day\`, \`week\`, \`month\`.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], window: { value: 1, unit: days } }
            |                                                                                                       ^
        Did you mean \`day\`?

      exit code 2"
    `)
  })

  test('with a window that is a number', async () => {
    expect(await shown(`${FUNNEL}, window: 14 }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:85  invalid_value
        Report \`f\`: \`window\` must be \`unlimited\`, or a map of \`value\`, \`unit\`.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], window: 14 }
            |                                                                                     ^
        Write \`window: { value: 14, unit: day }\`, or \`window: unlimited\`.

      exit code 2"
    `)
  })

  test('with a window without end, and a word for it that is none', async () => {
    expect(await shown(`${FUNNEL}, window: infinite }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:85  invalid_value
        Report \`f\`: \`window\` must be \`unlimited\`, or a map of \`value\`, \`unit\`.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], window: infinite }
            |                                                                                     ^
        Write \`window: { value: 14, unit: day }\`, or \`window: unlimited\`.

      exit code 2"
    `)
  })

  test('with a window of centuries', async () => {
    expect(await shown(`${FUNNEL}, window: { value: 6000, unit: month } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:94  invalid_value
        Report \`f\`: a window has at most 100 years.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], window: { value: 6000, unit: month } }
            |                                                                                              ^
        Use \`window: unlimited\`.

      exit code 2"
    `)
  })

  test('with an exclusion between a step and itself', async () => {
    expect(await shown(`${FUNNEL}, exclusions: [{ event: leave, after_step: 2, before_step: 2 }] }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:118  invalid_value
        Report \`f\`: an exclusion stands between two steps of the funnel: 1 ≤ after_step < before_step ≤ 3, not 2 and 2.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], exclusions: [{ event: leave, after_step: 2, before_step: 2 }] }
            |                                                                                                                      ^
        Steps are counted from 1.

      exit code 2"
    `)
  })

  test('with an exclusion that runs backwards', async () => {
    expect(await shown(`${FUNNEL}, exclusions: [{ event: leave, after_step: 3, before_step: 1 }] }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:118  invalid_value
        Report \`f\`: an exclusion stands between two steps of the funnel: 1 ≤ after_step < before_step ≤ 3, not 3 and 1.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], exclusions: [{ event: leave, after_step: 3, before_step: 1 }] }
            |                                                                                                                      ^
        Steps are counted from 1.

      exit code 2"
    `)
  })

  test('with an exclusion beyond its end', async () => {
    expect(await shown(`${FUNNEL}, exclusions: [{ event: leave, after_step: 1, before_step: 4 }] }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:134  invalid_value
        Report \`f\`: an exclusion stands between two steps of the funnel: 1 ≤ after_step < before_step ≤ 3, not 1 and 4.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], exclusions: [{ event: leave, after_step: 1, before_step: 4 }] }
            |                                                                                                                                      ^
        Steps are counted from 1.

      exit code 2"
    `)
  })

  test('in any order, with an exclusion in a part of it', async () => {
    expect(
      await shown(
        `${FUNNEL}, order: unordered, exclusions: [{ event: leave, after_step: 1, before_step: 2 }] }`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:2:136  contradiction
        Report \`f\`: steps of an unordered funnel have no places, so an exclusion spans the whole of it.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], order: unordered, exclusions: [{ event: leave, after_step: 1, before_step: 2 }] }
            |                                                                                                                                        ^
        Use \`after_step: 1\` and \`before_step: 3\`.

      exit code 2"
    `)
  })

  test('in any order, with what only an order has', async () => {
    expect(await shown(`${FUNNEL}, order: unordered, entry: first, strictly_increasing: true }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:102  contradiction
        Report \`f\`: \`entry: first\` needs a first step, which an unordered funnel does not have.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], order: unordered, entry: first, strictly_increasing: true }
            |                                                                                                      ^
        Remove \`entry\`.

      models/reports.yml:2:130  contradiction
        Report \`f\`: an unordered funnel asks for no order of its steps.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], order: unordered, entry: first, strictly_increasing: true }
            |                                                                                                                                  ^
        Remove \`strictly_increasing\`.

      exit code 2"
    `)
  })

  test('with four properties held constant', async () => {
    expect(await shown(`${FUNNEL}, hold_constant: [plan, seats, a, b] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:92  invalid_value
        Report \`f\`: \`hold_constant\` must be a list of at most 3.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], hold_constant: [plan, seats, a, b] }
            |                                                                                            ^

      exit code 2"
    `)
  })

  test('with an unknown property held constant', async () => {
    expect(await shown(`${FUNNEL}, hold_constant: [plam] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:93  unknown_property
        Report \`f\`: no source of events keeps a property \`plam\`.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], hold_constant: [plam] }
            |                                                                                             ^
        Did you mean \`plan\`?

      exit code 2"
    `)
  })

  test('with the step of a breakdown that asks for none', async () => {
    expect(await shown(`${FUNNEL}, breakdown: { property: plan, step: 2 } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:112  contradiction
        Report \`f\`: \`step\` goes with \`attribution: step\`, not with \`first\`.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], breakdown: { property: plan, step: 2 } }
            |                                                                                                                ^
        Remove one of the two.

      exit code 2"
    `)
  })

  test('with the value at a step that there is not', async () => {
    expect(await shown(`${FUNNEL}, breakdown: { property: plan, attribution: step, step: 4 } }`))
      .toMatchInlineSnapshot(`
        "models/reports.yml:2:131  invalid_value
          Report \`f\`: the funnel has 3 steps, so none is number 4.
            2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], breakdown: { property: plan, attribution: step, step: 4 } }
              |                                                                                                                                   ^
          Steps are counted from 1.

        exit code 2"
      `)
  })

  test('with the attribution of a value of its groups', async () => {
    expect(await shown(`${FUNNEL}, breakdown: { property: industry, of: company_id, attribution: last } }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:139  contradiction
        Report \`f\`: \`attribution: last\` asks which event the value is taken from, and \`industry\` is one of the group: the same on every event.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], breakdown: { property: industry, of: company_id, attribution: last } }
            |                                                                                                                                           ^
        Remove \`attribution\`. With \`properties: as_of\` it is that of the time of each event.

      exit code 2"
    `)
  })

  test('with the step of a value of its users', async () => {
    const funnel = '- { name: f, type: funnel, by: user, steps: [sign_up, log_in]'
    expect(await shown(`${funnel}, breakdown: { property: role, of: user, attribution: step, step: 2 } }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:118  contradiction
        Report \`f\`: \`attribution: step\` asks which event the value is taken from, and \`role\` is one of the user: the same on every event.
          2 |   - { name: f, type: funnel, by: user, steps: [sign_up, log_in], breakdown: { property: role, of: user, attribution: step, step: 2 } }
            |                                                                                                                      ^
        Remove \`attribution\` and \`step\`.

      exit code 2"
    `)
    const breakdown = '{ property: industry, of: company_id, through: user, attribution: all }'
    expect(await shown(`${funnel}, breakdown: ${breakdown} }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:143  contradiction
        Report \`f\`: \`attribution: all\` asks which event the value is taken from, and \`industry\` is one of groups on the user's profile: the same on every event.
          2 |   - { name: f, type: funnel, by: user, steps: [sign_up, log_in], breakdown: { property: industry, of: company_id, through: user, attribution: all } }
            |                                                                                                                                               ^
        Remove \`attribution\`. To read it from each event's own groups, remove \`through\`.

      exit code 2"
    `)
  })

  test('with attribution where the value is that of the event or of its time', () => {
    const project = withReports(
      [
        'by: user, steps: [a, b], breakdown: { property: industry, of: company_id, attribution: last }',
        'by: company_id, steps: [a, b], breakdown: { property: plan, attribution: all }',
        'by: company_id, steps: [a, b], breakdown: { property: industry, of: company_id, attribution: first }',
        'by: team, steps: [a, b], breakdown: { property: industry, of: company_id, attribution: step, step: 2 }',
      ]
        .map((fields, i) => `- { name: f${i}, type: funnel, ${fields} }\n`)
        .join(''),
    )
    expect(load(writeProject(project), { env: {} }).plan.catalog.reports).toHaveLength(4)
  })

  test('with a trend that runs backwards', async () => {
    expect(await shown(`${FUNNEL}, trend: { from_step: 3, to_step: 2 } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:97  invalid_value
        Report \`f\`: \`from_step\` comes before \`to_step\`, both within the 3 steps; not 3 and 2.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], trend: { from_step: 3, to_step: 2 } }
            |                                                                                                 ^
        Steps are counted from 1.

      exit code 2"
    `)
  })

  test('with times to convert from a step to itself', async () => {
    expect(await shown(`${FUNNEL}, time_to_convert: { from_step: 3 } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:107  invalid_value
        Report \`f\`: \`from_step\` comes before \`to_step\`, both within the 3 steps; not 3 and 3.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], time_to_convert: { from_step: 3 } }
            |                                                                                                           ^
        \`to_step\` is the last step that cannot be skipped unless it is said.

      exit code 2"
    `)
  })

  test('completed after a range without end', async () => {
    expect(await shown(`${FUNNEL}, complete_after_range: true }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:99  contradiction
        Report \`f\`: the range has no end that steps could come after.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], complete_after_range: true }
            |                                                                                                   ^
        Give \`range: {to: …}\`, or remove it.

      exit code 2"
    `)
  })

  test('completed after the range, in no time', async () => {
    expect(
      await shown(`${FUNNEL}, range: { to: 2024-01-31 }, complete_after_range: true, window: unlimited }`),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:2:126  contradiction
        Report \`f\`: with \`window: unlimited\` there is no end to wait for.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], range: { to: 2024-01-31 }, complete_after_range: true, window: unlimited }
            |                                                                                                                              ^
        Give the funnel a window.

      exit code 2"
    `)
  })

  test('with a property that is held constant twice', async () => {
    expect(await shown(`${FUNNEL}, hold_constant: [plan, seats, plan] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:106  duplicate_name
        Report \`f\`: \`plan\` is there twice.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], hold_constant: [plan, seats, plan] }
            |                                                                                                          ^
        Remove one of the two.

      exit code 2"
    `)
  })
})

describe('retention', () => {
  test('without a start', async () => {
    expect(await shown(`${RETENTION} }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:5  missing_field
        Report \`r\`: \`start\` is missing.
          2 |   - { name: r, type: retention, by: company_id }
            |     ^
        Add \`start:\` (a text or a map).

      exit code 2"
    `)
  })

  test('with a start of no event', async () => {
    expect(await shown(`${RETENTION}, start: {} }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:56  invalid_value
        Report \`r\`: \`start.event\` is not valid: say exactly one of \`event\` and \`any_event: true\`.
          2 |   - { name: r, type: retention, by: company_id, start: {} }
            |                                                        ^

      exit code 2"
    `)
  })

  test('with periods and brackets', async () => {
    expect(await shown(`${RETENTION}, start: sign_up, periods: 4, brackets: [1, 3] }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:74  contradiction
        Report \`r\`: \`brackets\` say which periods there are, so \`periods\` does not go with them.
          2 |   - { name: r, type: retention, by: company_id, start: sign_up, periods: 4, brackets: [1, 3] }
            |                                                                          ^
        Remove one of the two.

      exit code 2"
    `)
  })

  test('of no periods', async () => {
    expect(await shown(`${RETENTION}, start: sign_up, periods: 0 }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:74  invalid_value
        Report \`r\`: \`periods\` must be at least 1.
          2 |   - { name: r, type: retention, by: company_id, start: sign_up, periods: 0 }
            |                                                                          ^

      exit code 2"
    `)
  })

  test('of too many periods', async () => {
    expect(await shown(`${RETENTION}, start: sign_up, periods: 367 }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:74  invalid_value
        Report \`r\`: \`periods\` must be at most 366.
          2 |   - { name: r, type: retention, by: company_id, start: sign_up, periods: 367 }
            |                                                                          ^

      exit code 2"
    `)
  })

  test('with a bracket of nothing', async () => {
    expect(await shown(`${RETENTION}, start: sign_up, brackets: [1, 0] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:79  invalid_value
        Report \`r\`: \`brackets[1]\` must be at least 1.
          2 |   - { name: r, type: retention, by: company_id, start: sign_up, brackets: [1, 0] }
            |                                                                               ^

      exit code 2"
    `)
  })

  test('with a negative bracket', async () => {
    expect(await shown(`${RETENTION}, start: sign_up, brackets: [-3] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:76  invalid_value
        Report \`r\`: \`brackets[0]\` must be at least 1.
          2 |   - { name: r, type: retention, by: company_id, start: sign_up, brackets: [-3] }
            |                                                                            ^

      exit code 2"
    `)
  })

  test('with brackets that add up to too many periods', async () => {
    expect(await shown(`${RETENTION}, start: sign_up, brackets: [300, 100] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:75  invalid_value
        Report \`r\`: the brackets add up to 400 periods; a report follows its cohorts for at most 366.
          2 |   - { name: r, type: retention, by: company_id, start: sign_up, brackets: [300, 100] }
            |                                                                           ^
        Use fewer or smaller brackets, or a longer \`period\`.

      exit code 2"
    `)
  })

  test('with an unknown mode', async () => {
    expect(await shown(`${RETENTION}, start: sign_up, mode: first }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:71  invalid_value
        Report \`r\`: \`mode\` must be one of \`first_time\`, \`first_ever\`, \`recurring\`.
          2 |   - { name: r, type: retention, by: company_id, start: sign_up, mode: first }
            |                                                                       ^

      exit code 2"
    `)
  })

  test('by an unknown period', async () => {
    expect(await shown(`${RETENTION}, start: sign_up, period: quarter }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:73  invalid_value
        Report \`r\`: \`period\` must be one of \`hour\`, \`day\`, \`week\`, \`month\`.
          2 |   - { name: r, type: retention, by: company_id, start: sign_up, period: quarter }
            |                                                                         ^

      exit code 2"
    `)
  })
})

describe('uniques', () => {
  test('of no metrics', async () => {
    expect(await shown(`${UNIQUES}, metrics: [] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:56  invalid_value
        Report \`u\`: \`metrics\` must be a list of at least 1.
          2 |   - { name: u, type: uniques, by: company_id, metrics: [] }
            |                                                        ^

      exit code 2"
    `)
  })

  test('of nothing', async () => {
    expect(await shown(`${UNIQUES} }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:5  missing_field
        Report \`u\`: \`metrics\` is missing: say what is counted.
          2 |   - { name: u, type: uniques, by: company_id }
            |     ^
        Add \`metrics:\` with a list, or \`event:\` for a single one.

      exit code 2"
    `)
  })

  test('of metrics, and of an event beside them', async () => {
    expect(await shown(`${UNIQUES}, event: sign_up, metrics: [{ event: log_in }] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:54  contradiction
        Report \`u\`: \`event\` is for a report of one metric, and this one has \`metrics\`.
          2 |   - { name: u, type: uniques, by: company_id, event: sign_up, metrics: [{ event: log_in }] }
            |                                                      ^
        Move \`event\` into a metric.

      exit code 2"
    `)
  })

  test('with a metric of no event', async () => {
    expect(await shown(`${UNIQUES}, metrics: [{ name: all }] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:57  invalid_value
        Report \`u\`: \`metrics[0].event\` is not valid: say exactly one of \`event\` and \`any_event: true\`.
          2 |   - { name: u, type: uniques, by: company_id, metrics: [{ name: all }] }
            |                                                         ^

      exit code 2"
    `)
  })

  test('with the name of a metric twice', async () => {
    expect(
      await shown(
        `${UNIQUES}, metrics: [{ event: sign_up }, { event: sign_up, trailing_days: 7, name: sign_up by company_id }] }`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:2:119  duplicate_name
        Report \`u\`: \`sign_up by company_id\` is the name of two metrics.
          2 |   - { name: u, type: uniques, by: company_id, metrics: [{ event: sign_up }, { event: sign_up, trailing_days: 7, name: sign_up by company_id }] }
            |                                                                                                                       ^
        Give one of them another \`name\`.

      exit code 2"
    `)
  })

  test('of the first day of trailing days that there are not', async () => {
    expect(await shown(`${UNIQUES}, event: sign_up, interval: week, trailing_at: start }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:92  contradiction
        Report \`u\`: \`trailing_at\` is about trailing actives, and there is no \`trailing_days\`.
          2 |   - { name: u, type: uniques, by: company_id, event: sign_up, interval: week, trailing_at: start }
            |                                                                                            ^
        Add \`trailing_days\`, or remove \`trailing_at\`.

      exit code 2"
    `)
  })

  test('of the first day of trailing days that no metric has', async () => {
    expect(
      await shown(`${UNIQUES}, metrics: [{ event: sign_up }], interval: week, trailing_at: start }`),
    ).toContain('Add `trailing_days` to a metric, or remove `trailing_at`.')
  })

  test('of trailing days that are none', async () => {
    expect(await shown(`${UNIQUES}, event: sign_up, trailing_days: 0 }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:78  invalid_value
        Report \`u\`: \`trailing_days\` must be at least 1.
          2 |   - { name: u, type: uniques, by: company_id, event: sign_up, trailing_days: 0 }
            |                                                                              ^

      exit code 2"
    `)
  })
})

describe('the number of users who did something', () => {
  test('from a report that there is not', async () => {
    expect(
      await shown(
        `- { name: did, type: number_of_users_who_did, event: pay }\n${UNIQUES}, event: sign_up, where: [{ users_who_did: dit, value: 1 }] }`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:3:88  missing_reference
        Report \`u\`: there is no report \`dit\`.
          3 |   - { name: u, type: uniques, by: company_id, event: sign_up, where: [{ users_who_did: dit, value: 1 }] }
            |                                                                                        ^
        Did you mean \`did\`?

      exit code 2"
    `)
  })

  test('where no report counts them', async () => {
    expect(await shown(`${UNIQUES}, event: sign_up, breakdown: { users_who_did: did } }`))
      .toMatchInlineSnapshot(`
        "models/reports.yml:2:91  missing_reference
          Report \`u\`: there is no report \`did\`.
            2 |   - { name: u, type: uniques, by: company_id, event: sign_up, breakdown: { users_who_did: did } }
              |                                                                                           ^
          Add a report of type \`number_of_users_who_did\`.

        exit code 2"
      `)
  })

  test('from a report of another type', async () => {
    expect(await shown(`${FUNNEL} }\n${UNIQUES}, event: sign_up, where: [{ users_who_did: f, value: 1 }] }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:3:88  missing_reference
        Report \`u\`: \`f\` is a report of type \`funnel\`, not \`number_of_users_who_did\`.
          3 |   - { name: u, type: uniques, by: company_id, event: sign_up, where: [{ users_who_did: f, value: 1 }] }
            |                                                                                        ^
        Add a report of type \`number_of_users_who_did\`.

      exit code 2"
    `)
  })

  test('of another key', async () => {
    expect(
      await shown(
        `- { name: did, type: number_of_users_who_did, event: pay }\n- { name: u, type: uniques, by: team, event: sign_up, where: [{ users_who_did: did, value: 1 }] }`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:3:82  contradiction
        Report \`u\`: \`did\` counts the users of \`company_id\`, but a metric counts groups of \`team\`.
          3 |   - { name: u, type: uniques, by: team, event: sign_up, where: [{ users_who_did: did, value: 1 }] }
            |                                                                                  ^
        Use it for metrics with \`by: company_id\` only.

      exit code 2"
    `)
  })

  test('of other periods', async () => {
    expect(
      await shown(
        `- { name: did, type: number_of_users_who_did, event: pay, interval: week }\n${UNIQUES}, event: sign_up, interval: month, where: [{ users_who_did: did, value: 1 }] }`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:3:105  contradiction
        Report \`u\`: \`did\` counts by week and this report by month.
          3 |   - { name: u, type: uniques, by: company_id, event: sign_up, interval: month, where: [{ users_who_did: did, value: 1 }] }
            |                                                                                                         ^
        Give both the same \`interval\`, or leave it out of the other report to count over its whole range.

      exit code 2"
    `)
  })

  const didIn = (range: string, uniques: string) =>
    `- { name: did, type: number_of_users_who_did, event: pay, interval: week${range} }\n${UNIQUES}, event: sign_up, interval: week, where: [{ users_who_did: did, value: 1 }]${uniques} }\n`
  const january = ', range: { from: 2024-01-01, to: 2024-01-31 }'
  const late = ', range: { from: 2024-01-10, to: 2024-01-20 }'

  test('of other times', async () => {
    expect(await shown(didIn(late, january))).toMatchInlineSnapshot(`
      "models/reports.yml:3:104  contradiction
        Report \`u\`: \`did\` counts from 2024-01-10 to 2024-01-20 only, and this report looks at other times too, of which it does not know how many users there were.
          3 | …name: u, type: uniques, by: company_id, event: sign_up, interval: week, where: [{ users_who_did: did, value: 1 }], range: { from: 2024-01-01, to: 2024-01-31 } }
            |                                                                                                   ^
        Give \`did\` a range that covers that of this report, or none at all.

      exit code 2"
    `)
  })

  test('of other times, for trailing days', async () => {
    expect(await shown(didIn(january, `${january}, trailing_days: 7`))).toMatchInlineSnapshot(`
      "models/reports.yml:3:104  contradiction
        Report \`u\`: \`did\` counts from 2024-01-01 to 2024-01-31 only, and this report looks at other times too, of which it does not know how many users there were.
          3 | …iques, by: company_id, event: sign_up, interval: week, where: [{ users_who_did: did, value: 1 }], range: { from: 2024-01-01, to: 2024-01-31 }, trailing_days: 7 …
            |                                                                                  ^
        Give \`did\` a range that covers that of this report and the days before it that trailing days look back on, or none at all.

      exit code 2"
    `)
  })

  test.each([
    ['', ', range: { from: 2024-01-10 }', 'from 2024-01-10 on'],
    [', range: { to: 2024-01-31 }', ', range: { from: 2024-01-10 }', 'from 2024-01-10 on'],
    ['', ', range: { to: 2024-01-31 }', 'up to 2024-01-31'],
    [january, ", range: { from: '2024-01-01T00:00:00.000001Z' }", 'from 2024-01-01T00:00:00.000001Z on'],
    [january, ", range: { to: '2024-01-31T23:59:59.999998Z' }", 'up to 2024-01-31T23:59:59.999998Z'],
    // the week of the tenth begins on the eighth, and two days of it look back on the seventh
    [`${late}, trailing_days: 2, trailing_at: start`, ', range: { from: 2024-01-08 }', 'from 2024-01-08 on'],
  ])('of other times: %s within %s', async (uniques, range, message) => {
    expect(await shown(didIn(range, uniques))).toContain(`Report \`u\`: \`did\` counts ${message} only,`)
  })

  test.each([
    [january, ''],
    [january, january],
    [late, january],
    [january, ", range: { from: '2024-01-01T00:00:00Z', to: '2024-01-31T23:59:59.999999Z' }"],
    [", range: { from: '2024-01-01T00:00:00Z' }", ', range: { from: 2024-01-01 }'],
    [`${late}, trailing_days: 7`, ', range: { from: 2024-01-04 }'],
    [`${late}, trailing_days: 2, trailing_at: start`, ', range: { from: 2024-01-07 }'],
  ])('of times that cover its own: %s within %s', (uniques, range) => {
    const dir = writeProject(withReports(didIn(range, uniques)))
    expect(load(dir, { env: {} }).plan.catalog.reports.map(({ name }) => name)).toEqual(['did', 'u'])
  })

  test('over a whole range, of whatever times', () => {
    const reports = didIn(late, january).replace('event: pay, interval: week', 'event: pay')
    const dir = writeProject(withReports(reports))
    expect(load(dir, { env: {} }).plan.catalog.reports.map(({ name }) => name)).toEqual(['did', 'u'])
  })

  test('that is negative', async () => {
    expect(await shown(`${UNIQUES}, event: sign_up, where: [{ users_who_did: did, value: -1 }] }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:100  invalid_value
        Report \`u\`: \`where[0].value\` must be at least 0.
          2 |   - { name: u, type: uniques, by: company_id, event: sign_up, where: [{ users_who_did: did, value: -1 }] }
            |                                                                                                    ^

      exit code 2"
    `)
  })

  test.each([
    ['{ op: lt, value: 1 }', 'nobody did it less than once', 'value: 2'],
    ['{ op: lt, value: 0 }', 'nobody did it less than 0 times', 'value: 2'],
    ['{ op: lt }', 'nobody did it less than once', 'value: 2'],
    ['{ op: eq, value: 0 }', 'nobody did it exactly 0 times', 'value: 1'],
    ['{ op: lte, value: 0 }', 'nobody did it at most 0 times', 'value: 1'],
  ])('so often as never: %s', async (frequency, message, least) => {
    const found = await shown(
      `- { name: did, type: number_of_users_who_did, event: pay, frequency: ${frequency} }`,
    )
    expect(found).toContain(`Report \`did\`: ${message}: only users who did it at least once are looked at.`)
    expect(found).toContain(`Ask for \`${least}\` or more.`)
  })

  test('less than once', async () => {
    expect(
      await shown(
        `- { name: did, type: number_of_users_who_did, event: pay, frequency: { op: lt, value: 1 } }`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:2:89  contradiction
        Report \`did\`: nobody did it less than once: only users who did it at least once are looked at.
          2 |   - { name: did, type: number_of_users_who_did, event: pay, frequency: { op: lt, value: 1 } }
            |                                                                                         ^
        Ask for \`value: 2\` or more. Groups where nobody did it are in the report anyway, with 0 users.

      exit code 2"
    `)
  })

  test.each([
    '{ op: lt, value: 2 }',
    '{ op: gte, value: 0 }',
    '{ op: gt, value: 0 }',
    '{ op: lte, value: 1 }',
  ])('so often as may be: %s', (frequency) => {
    const dir = writeProject(
      withReports(`- { name: did, type: number_of_users_who_did, event: pay, frequency: ${frequency} }\n`),
    )
    expect(load(dir, { env: {} }).plan.catalog.reports.map(({ name }) => name)).toEqual(['did'])
  })

  test('without an event', async () => {
    expect(await shown(`- { name: did, type: number_of_users_who_did }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:5  missing_field
        Report \`did\`: activity is missing: exactly one of \`event\` and \`any_event: true\`.
          2 |   - { name: did, type: number_of_users_who_did }
            |     ^
        Add \`event:\` with the name of an event, or \`any_event: true\`.

      exit code 2"
    `)
  })
})

describe('a lifecycle in which nothing is ever new', () => {
  const LIFECYCLE = '- { name: l, type: lifecycle, any_event: true, newness: profile'

  test('because no user table says when users came to be', async () => {
    expect(await shown(`${LIFECYCLE}, by: user }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:59  contradiction
        Report \`l\`: nothing can ever be new: no user table says when users came to be.
          2 |   - { name: l, type: lifecycle, any_event: true, newness: profile, by: user }
            |                                                           ^
        Name its column under \`columns: {created_at: …}\` of \`people\`, or use \`newness: first_event\`.

      exit code 2"
    `)
  })

  test('because no Group Table of the key says it of groups', async () => {
    expect(await shown(`${LIFECYCLE}, by: company_id }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:59  contradiction
        Report \`l\`: nothing can ever be new: no Group Table of \`company_id\` says when groups came to be.
          2 |   - { name: l, type: lifecycle, any_event: true, newness: profile, by: company_id }
            |                                                           ^
        Name its column under \`columns: {created_at: …}\` of \`crm\`, or use \`newness: first_event\`.

      exit code 2"
    `)
    expect(await shown(`${LIFECYCLE}, by: team }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:59  contradiction
        Report \`l\`: nothing can ever be new: no Group Table of \`team\` says when groups came to be.
          2 |   - { name: l, type: lifecycle, any_event: true, newness: profile, by: team }
            |                                                           ^
        Add a source of type group_table with \`columns: {created_at: …}\`, or use \`newness: first_event\`.

      exit code 2"
    `)
  })

  test('is none where a source says it, or where first events count', () => {
    const files = withReports(
      `${LIFECYCLE}, by: company_id }\n- { name: m, type: lifecycle, by: user, any_event: true, newness: first_event }\n`,
    )
    const project = (files['project.yml'] ?? '').replace('name: name }', 'name: name, created_at: since }')
    const companies = 'id,name,industry,since\nacme,Acme,steel,2024-01-01\n'
    const dir = writeProject({ ...files, 'project.yml': project, 'companies.csv': companies })
    expect(load(dir, { env: {} }).plan.catalog.reports).toHaveLength(2)
  })

  test('but Mixpanel may always say it', () => {
    const files = withReports(`${LIFECYCLE}, by: team }\n`)
    const project = `${files['project.yml'] ?? ''}  - { name: teams, type: group_table, connector: mixpanel, file: teams.ndjson, group_key: team }\n`
    const dir = writeProject({ ...files, 'project.yml': project, 'teams.ndjson': '{}\n' })
    expect(load(dir, { env: {} }).plan.catalog.reports).toHaveLength(1)
  })
})

describe('what is said twice or not at all', () => {
  test('the activity of a lifecycle', async () => {
    expect(await shown(`- { name: l, type: lifecycle, by: user }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:5  missing_field
        Report \`l\`: activity is missing: exactly one of \`event\` and \`any_event: true\`.
          2 |   - { name: l, type: lifecycle, by: user }
            |     ^
        Add \`event:\` with the name of an event, or \`any_event: true\`.

      exit code 2"
    `)
  })

  test('the activity of stickiness', async () => {
    expect(await shown(`- { name: s, type: stickiness, by: user, event: sign_up, any_event: true }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:71  contradiction
        Report \`s\`: activity is given twice: exactly one of \`event\` and \`any_event: true\`.
          2 |   - { name: s, type: stickiness, by: user, event: sign_up, any_event: true }
            |                                                                       ^
        Remove one of the two.

      exit code 2"
    `)
  })

  test('any event, denied', async () => {
    expect(await shown(`- { name: s, type: stickiness, by: user, any_event: false }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:55  invalid_value
        Report \`s\`: \`any_event\` must be \`true\`.
          2 |   - { name: s, type: stickiness, by: user, any_event: false }
            |                                                       ^

      exit code 2"
    `)
  })

  test('criteria without a number', async () => {
    expect(await shown(`- { name: s, type: stickiness, by: user, any_event: true, criteria: { op: gte } }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:71  missing_field
        Report \`s\`: \`criteria.value\` is missing.
          2 |   - { name: s, type: stickiness, by: user, any_event: true, criteria: { op: gte } }
            |                                                                       ^
        Add \`value:\` (a number).

      exit code 2"
    `)
  })
})
