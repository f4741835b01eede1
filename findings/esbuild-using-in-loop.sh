#!/usr/bin/env bash
# esbuild 0.28.2, where it lowers `using` (target node20.19)
# Guess: `await using` in the body of a loop is disposed of at the end of each turn, and each turn begins anew.
# Seen: what one turn throws is kept in a `var`, and every later turn throws it again, though all went well.
# So a loop calls a function that has the `using` (rule no-using-in-loop of eslint.config.js).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init -y >/dev/null; npm install --no-audit --no-fund --silent esbuild@0.28.2
cat >run.mjs <<'JS'
import { transform } from 'esbuild'
const open = `
  let turn = 0
  const open = async () => {
    if (turn++ === 0) throw new Error('first')
    return { async [Symbol.asyncDispose]() {} }
  }`
const said = (work) => `
  ${open}
  export const said = []
  for (let i = 0; i < 3; i++) {
    try {
      ${work}
    } catch (error) {
      said.push(error.message)
    }
  }`
const inLoop = said(`await using it = await open(); said.push(it ? 'opened' : '')`)
const inFunction = said(`await (async () => { await using it = await open(); said.push(it ? 'opened' : '') })()`)
async function run(source) {
  const { code } = await transform(source, { target: 'node20.19', format: 'esm' })
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)).said
}
const seen = { inLoop: await run(inLoop), inFunction: await run(inFunction) }
console.log(JSON.stringify(seen))
const expected = {
  // the second turn goes well to its end, and throws the error of the first then
  inLoop: ['first', 'opened', 'first', 'opened', 'first'],
  inFunction: ['first', 'opened', 'opened'],
}
if (JSON.stringify(seen) !== JSON.stringify(expected)) throw new Error('this has changed')
JS
node run.mjs
