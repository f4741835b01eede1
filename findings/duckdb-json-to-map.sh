#!/usr/bin/env bash
# @duckdb/node-api 1.5.5-r.5 (DuckDB 1.5.5)
# Guess: a map has no two keys that are the same, so try_cast of a JSON object with a doubled member to a map is null.
# Seen: of a constant it is null, of a column it is a map with the key twice.
# So doubled members are looked for with list_unique over json_keys.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init -y >/dev/null; npm install --no-audit --no-fund --silent @duckdb/node-api@1.5.5-r.5
cat >run.mjs <<'JS'
import { DuckDBInstance } from '@duckdb/node-api'
const connection = await (await DuckDBInstance.create(':memory:')).connect()
const one = async (query) => (await connection.runAndReadAll(query)).getRowsJson()[0][0]
await connection.run(`create table objects as select cast('{"a": 1, "a": 2}' as json) as object`)
const constant = await one(`select try_cast('{"a": 1, "a": 2}' as map(varchar, json))`)
const column = await one('select try_cast(object as map(varchar, json)) from objects')
console.log(JSON.stringify({ constant, column }))
if (constant !== null || column?.length !== 2) throw new Error('this has changed')
JS
node run.mjs
