// Bundles the command line, the library and the kit of plugins to dist/, split so that a command loads only what it needs.
// Native drivers stay outside: they are loaded when a database is opened.
import { chmodSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'

const { metafile } = await build({
  entryPoints: ['src/cli.ts', 'src/index.ts', 'src/kit.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  legalComments: 'none',
  metafile: true,
  external: ['@duckdb/node-api', 'pg'],
  banner: {
    // CommonJS dependencies inside of the bundle call require for Node's own modules.
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
})
chmodSync('dist/cli.js', 0o755)

// Chunks of an earlier build have other names and would stay for ever.
const made = new Set(Object.keys(metafile.outputs).map((file) => path.basename(file)))
for (const name of readdirSync('dist'))
  if (name.endsWith('.js') && !made.has(name)) rmSync(path.join('dist', name), { force: true })
