// Shortens the scripts that wasm-bindgen and we wrote: they are fetched before anything else can start.
import { readdir } from 'node:fs/promises';
import path from 'node:path';

import { build } from 'esbuild';

const dist = process.argv[2];
if (!dist) throw new Error('usage: node minify.mjs DIST');

const scripts = (await readdir(dist)).filter((name) => name.endsWith('.js')).map((name) => path.join(dist, name));
await build({ entryPoints: scripts, outdir: dist, allowOverwrite: true, minify: true, format: 'esm', target: 'es2022', logLevel: 'error' });
console.log(`minified ${scripts.length} scripts`);
