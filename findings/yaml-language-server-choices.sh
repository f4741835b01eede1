#!/usr/bin/env bash
# yaml-language-server 1.25.0
# Guess: of an anyOf that nothing fits it complains of the choice that is nearest, and of if and then it completes
# what it validates.
# Seen: where a map has no field that a choice knows, the first choice is the nearest, be it of texts. Of if and then
# it says what is wrong in there, but it completes no constants from there; it does from examples beside them.
# So the schemas tell choices apart by if and then, and say the constants of texts once more as examples.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init -y >/dev/null; npm install --no-audit --no-fund --silent yaml-language-server@1.25.0
cat >run.mjs <<'JS'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
const rpc = require('vscode-jsonrpc/node')

const map = { properties: { any_event: { type: 'boolean' } }, additionalProperties: false }
const told = { type: ['string', 'object'], if: { type: 'string' }, then: { enum: ['all'] }, else: map }
const properties = {
  any: { anyOf: [{ type: 'string', enum: ['all'] }, { type: 'object', ...map }] },
  told,
  shown: { ...told, examples: ['all'] },
}
writeFileSync('schema.json', JSON.stringify({ type: 'object', properties }))

const server = spawn(process.execPath, [require.resolve('yaml-language-server/out/server/src/server.js'), '--stdio'])
const client = rpc.createMessageConnection(
  new rpc.StreamMessageReader(server.stdout),
  new rpc.StreamMessageWriter(server.stdin),
)
const waiting = new Map()
client.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }) => waiting.get(uri)?.(diagnostics))
client.onRequest('workspace/configuration', ({ items }) =>
  items.map(({ section }) => (section === 'yaml' ? { validate: true, completion: true, schemaStore: { enable: false } } : {})),
)
client.onRequest('client/registerCapability', () => null)
client.listen()
const folder = `file://${process.cwd()}`
const capabilities = { workspace: { configuration: true }, textDocument: { publishDiagnostics: {} } }
await client.sendRequest('initialize', { processId: process.pid, rootUri: folder, capabilities })
await client.sendNotification('initialized', {})

let count = 0
async function open(line) {
  const uri = `${folder}/${++count}.yml`
  const diagnostics = new Promise((resolve) => waiting.set(uri, resolve))
  const text = `# yaml-language-server: $schema=schema.json\n${line}\n`
  await client.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } })
  return { uri, said: (await diagnostics).map(({ range, message }) => `${range.start.character}: ${message}`).join('; ') }
}
async function completed(field) {
  const { uri } = await open(`${field}: `)
  const position = { line: 1, character: field.length + 2 }
  const found = await client.sendRequest('textDocument/completion', { textDocument: { uri }, position })
  return found.items.map(({ label }) => label).join(' ')
}
const seen = {
  any: (await open('any: { any_evnt: true }')).said,
  told: (await open('told: { any_evnt: true }')).said,
  constants: [await completed('any'), await completed('told'), await completed('shown')],
}
server.kill()
console.log(JSON.stringify(seen))
const expected = {
  any: '5: Incorrect type. Expected "string".; 5: Value is not accepted. Valid values: "all".',
  told: '8: Property any_evnt is not allowed.',
  constants: ['all', '', 'all'],
}
if (JSON.stringify(seen) !== JSON.stringify(expected)) throw new Error('this has changed')
process.exit(0)
JS
node run.mjs
