// Bundles the third-party front-end parts into web/generated/, from where Trunk copies them into the lab.
// Runs on Linux, macOS and Windows: `npm ci --ignore-scripts && npm run vendor` (cargo xtask does both).
import * as esbuild from 'esbuild';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { inPieces } from './pieces.mjs';

const web = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const out = path.join(web, 'generated');
await rm(out, { recursive: true, force: true });
await mkdir(path.join(out, 'fonts'), { recursive: true });

const common = {
  absWorkingDir: web,
  bundle: true,
  minify: true,
  legalComments: 'linked',
  target: ['chrome109', 'firefox115', 'safari16.4'],
  loader: { '.ttf': 'file' },
  assetNames: '[name]-[hash]',
  logLevel: 'warning',
};

const modules = { ...common, format: 'esm', outdir: path.join(out, 'vendor') };
await esbuild.build({ ...modules, entryPoints: { terminal: 'vendor/terminal.js' } });
await esbuild.build({ ...modules, entryPoints: { editor: 'pieces:vendor/monaco.js' }, plugins: [inPieces(modules)] });
// rules of style sheets come in the order in which modules import them, whatever the pieces
const whole = await esbuild.build({ ...modules, entryPoints: { editor: 'vendor/monaco.js' }, write: false });
for (const file of whole.outputFiles.filter(({ path }) => path.endsWith('.css'))) await writeFile(file.path, file.contents);

// Monaco starts this one as a classic worker.
await esbuild.build({
  ...common,
  format: 'iife',
  outdir: path.join(out, 'vendor'),
  entryPoints: { 'editor.worker': 'vendor/editor.worker.js' },
});

// The service worker: `scripts/offline.mjs` gives it the list of the built site's files.
await esbuild.build({
  ...common,
  format: 'iife',
  outdir: path.join(out, 'offline'),
  entryPoints: { sw: 'vendor/offline.js' },
  define: { 'process.env.NODE_ENV': '"production"' },
});

const sans = '@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin';
const mono = '@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin';
const fonts = {
  'sans.woff2': `${sans}-wght-normal.woff2`,
  'sans-italic.woff2': `${sans}-wght-italic.woff2`,
  'sans-ext.woff2': `${sans}-ext-wght-normal.woff2`,
  'mono-400.woff2': `${mono}-400-normal.woff2`,
  'mono-600.woff2': `${mono}-600-normal.woff2`,
  'mono-400-italic.woff2': `${mono}-400-italic.woff2`,
};
for (const [name, from] of Object.entries(fonts)) {
  await cp(path.join(web, 'node_modules', from), path.join(out, 'fonts', name));
}
const licences = {
  'atkinson-hyperlegible-next.txt': '@fontsource-variable/atkinson-hyperlegible-next/LICENSE',
  'ibm-plex-mono.txt': '@fontsource/ibm-plex-mono/LICENSE',
  'monaco-editor.txt': 'monaco-editor/LICENSE',
  'monaco-editor-third-party.txt': 'monaco-editor/ThirdPartyNotices.txt',
  'workbox.txt': 'workbox-precaching/LICENSE',
  'xterm.txt': '@xterm/xterm/LICENSE',
};
for (const [name, from] of Object.entries(licences)) {
  await cp(path.join(web, 'node_modules', from), path.join(out, 'licences', name));
}
