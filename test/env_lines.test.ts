/** What a line of `.env` says, as docker compose and python-dotenv read it. */
import { expect, test } from 'vitest'
import { load } from '../src/gwh.ts'
import { envLines } from '../src/project/env_lines.ts'
import { goodBut, writeProject } from './support/projects.ts'

test.each([
  ['A=1', '1'],
  ['  A = 1 2  ', '1 2'],
  ['export A=1', '1'],
  ['A=1\r\nB=2\r\n', '1'],
  ['A=0\nA=1', '1'],
  ['A=', ''],
  ['A=""', ''],
  ['A=a=b', 'a=b'],
  // A comment follows white space, and stands in no quotes.
  ['A=http://x/#frag', 'http://x/#frag'],
  ['A=postgresql://u:p#w@host/db', 'postgresql://u:p#w@host/db'],
  ['A=#1', '#1'],
  ['A=1 # one', '1'],
  ['A=1\t#one', '1'],
  ['A= # nothing', ''],
  ['A=a# b', 'a# b'],
  ['A="a # b" # c', 'a # b'],
  ["A='a # b'#c", 'a # b'],
  // Quotes
  ["A='a\\n$b'", 'a\\n$b'],
  ['A="a\\nb\\t\\"c\\"\\\\ \\$d \\e"', 'a\nb\t"c"\\ $d \\e'],
  ['A=`"a" \'b\'`', '"a" \'b\''],
  ['A="one\ntwo"\nB=2', 'one\ntwo'],
  ["A=it's\nB=x'y", "it's"],
  ["A='it\nB=x'y", "'it"],
  ['A="a" "b"', '"a" "b"'],
  ['A="open', '"open'],
  ['A=a${B}', 'a${B}'],
])('%j is %j', (text, value) => {
  expect(envLines(text)['A']).toBe(value)
})

test.each(['# A=1', '  #A=1', 'A: 1', 'A', 'B=2 A=1', 'B="\nA=1\n"'])('%j has no A', (text) => {
  expect(envLines(text)['A']).toBeUndefined()
})

test('a byte order mark is no part of the first name', () => {
  const files = goodBut(
    { 'name: small\n': "name: small\nvars: { a: '${A}', b: '${B}' }\n" },
    { '.env': '\uFEFFA=1\nB=x#y\n' },
  )
  expect(load(writeProject(files), { env: {} }).plan.catalog.project.vars).toEqual({ a: '1', b: 'x#y' })
})
