#!/usr/bin/env bash
# @duckdb/node-api 1.5.5-r.5 (DuckDB 1.5.5)
# Guess: a text with an exponent is cast to DECIMAL as the number that it is, rounded: 6564.430e-17 is 0.
# Seen: a number that is too small for the scale becomes the smallest one that is not 0, while the same number
# written without an exponent becomes 0.
# So what reads epoch times from text writes the exponent out first.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init -y >/dev/null; npm install --no-audit --no-fund --silent @duckdb/node-api@1.5.5-r.5
cat >run.mjs <<'JS'
import { DuckDBInstance } from '@duckdb/node-api'
const connection = await (await DuckDBInstance.create(':memory:')).connect()
const result = await connection.runAndReadAll(`
  select cast(cast(written as decimal(24, 6)) as varchar)
  from (values ('-6564.430e-17'), ('6564.430e-17'), ('-0.0000000000000656443')) as texts(written)
`)
const seen = result.getRows().map(([text]) => text)
console.log(seen.join(' '))
if (seen.join(' ') !== '-0.000001 0.000001 0.000000') throw new Error('this has changed')
JS
node run.mjs
