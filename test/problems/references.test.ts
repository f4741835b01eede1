/** Models and sources that there are not are told of whatever else is wrong with the template that names them. */
import { describe, expect, test } from 'vitest'
import { load } from '../../src/gwh.ts'
import { GOOD, problems, problemsOf, writeProject } from '../support/projects.ts'

describe('what a broken template refers to is told with what is broken in it', () => {
  const codesOf = async (text: string) =>
    (await problemsOf({ ...GOOD, 'models/q.sql': text }))
      .split('\n')
      .filter((line) => /^ {2}(There is|The |`)/.test(line))
      .map((line) => line.trim())

  test.each([
    [
      'a function that there is not',
      "select {{ nothing() }} from {{ ref('evnts') }} join {{ source('ap') }}",
    ],
    [
      'a variable that is not set',
      "select {{ var('least') }} from {{ ref('evnts') }} join {{ source('ap') }}",
    ],
    ['a name that is missing', "select {{ ref() }} from {{ ref('evnts') }} join {{ source('ap') }}"],
    [
      'a tag that is not closed',
      "select 1 from {{ ref('evnts') }} join {{ source('ap') }} where {{ var('n', 1) ",
    ],
    [
      'a block that is not closed',
      "select 1 from {{ ref('evnts') }} join {{ source('ap') }} {% for a in [1] %}",
    ],
    [
      'a setting that there is not',
      "{{ config(materialised='view') }} select 1 from {{ ref('evnts') }} join {{ source('app') }}",
    ],
    ...[
      [
        'a branch',
        "{% if target.type == 'x' %}{% if true %}1{% endif %} from {{ ref('other') }}{% else %}1{% endif %}",
      ],
      ['raw text', "'{% raw %}{{ ref('other') }}{% if %}{% endraw %}'"],
      ['a macro', "{%- macro m(a) -%} {{ ref('other') }} {% endmacro %} 1"],
      ['a variable', '{% set x = 1 %}{% set y %}2{% endset %} {{ x }}'],
      ['a choice', "{{ ref('other') if target.type == 'x' else 1 }}"],
    ].map(([what = '', sql = '']) => [
      `${what} before a tag that is not closed`,
      `select ${sql} from {{ ref('evnts') }} join {{ source('ap') }} where {{ var('n', 1) `,
    ]),
  ])('%s', async (what = '', text = '') => {
    const found = await codesOf(text)
    expect(found).toContain('There is no model `evnts`.')
    expect(found).not.toContain('There is no model `other`.')
    if (!what.startsWith('a setting')) expect(found).toContain('There is no source `ap`.')
    expect(found.length).toBeGreaterThan(what.startsWith('a setting') ? 1 : 2)
  })

  test('a singular test with a wrong setting', async () => {
    const dir = writeProject({
      ...GOOD,
      'tests/t.sql': "{{ config(severty='warn') }} select 1 from {{ ref('evnts') }}\n",
    })
    expect(await problems(dir, () => load(dir, { env: {} }))).toMatch(
      /severty[\s\S]*There is no model `evnts`/,
    )
  })

  test('but not what stands in a branch that may never be taken', async () => {
    expect(
      await codesOf(
        "select 1 {% if target.type == 'postgres' %} from {{ ref('only_there') }} {% endif %} {{ ",
      ),
    ).toHaveLength(1)
  })
})
