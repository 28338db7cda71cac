// Builds the development page of the cluster view (web/examples/cluster_view.rs) into target/cluster-view and, with
// --shots FOLDER, photographs its samples. Needs wasm-bindgen of the locked version on PATH, and for photographs
// playwright-core and Chromium.
//
//   node web/scripts/cluster-view.mjs [--shots FOLDER] [--only SAMPLE]
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target');
const out = path.join(target, 'cluster-view');
const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);

const cargo = ['build', '-p', 'timonier-web', '--example', 'cluster_view', '--target', 'wasm32-unknown-unknown'];
execFileSync('cargo', cargo, { cwd: root, stdio: 'inherit' });
const wasm = path.join(target, 'wasm32-unknown-unknown/debug/examples/cluster_view.wasm');
execFileSync('wasm-bindgen', ['--target', 'web', '--no-typescript', '--out-dir', out, wasm], { stdio: 'inherit' });

const styles = ['tokens.css', 'view.css'].filter((name) => fs.existsSync(path.join(root, 'assets', name)));
for (const name of styles) fs.copyFileSync(path.join(root, 'assets', name), path.join(out, name));
const fonts = path.join(root, 'web/generated/fonts');
if (fs.existsSync(fonts)) fs.cpSync(fonts, path.join(out, 'fonts'), { recursive: true });
const links = styles.map((name) => `<link rel="stylesheet" href="${name}">`).join('');
fs.writeFileSync(
  path.join(out, 'index.html'),
  `<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Vue du cluster</title>${links}<style>html,body{height:100%;margin:0}body{overflow:hidden}</style><body>
<script type="module">import init from './cluster_view.js'; init();</script></body></html>`,
);
console.log(`built ${out}`);

const shots = option('--shots');
if (shots) await photograph(shots);

async function photograph(folder) {
  fs.mkdirSync(folder, { recursive: true });
  const require = createRequire(path.join(process.cwd(), 'x'));
  const { chromium } = require('playwright-core');
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm' };
  const server = http.createServer((request, response) => {
    const name = request.url.split('?')[0];
    const file = path.join(out, name === '/' ? 'index.html' : name);
    if (!fs.existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
    fs.createReadStream(file).pipe(response);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });
  const only = option('--only');
  const pictures = [
    ['empty', 'at=10'], ['three', 'at=2.2'], ['three', 'at=30'], ['rollout', 'at=13'], ['failures', 'at=40'],
    ['long', 'at=40'], ['hundred', 'at=40'], ['thousand', 'at=40'],
  ];
  const sizes = [[900, 480, 'panel'], [1440, 900, 'full'], [390, 600, 'narrow'], [1024, 420, 'low']];
  const fontsReady = 'document.fonts.load("12px \'Timonier Sans\'").then(() => document.fonts.load("600 12px \'Timonier Mono\'"))';
  for (const [sample, when] of pictures.filter(([sample]) => !only || only === sample)) {
    for (const [width, height, size] of sizes) {
      for (const dark of size === 'panel' ? [0, 1] : [0]) {
        const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: 1.5 });
        page.on('pageerror', (error) => console.log('page error:', String(error).slice(0, 400)));
        page.on('console', (message) => message.type() === 'error' && console.log(message.text().slice(0, 600)));
        const address = `http://127.0.0.1:${server.address().port}/#sample=${sample}&${when}&dark=${dark}`;
        await page.goto(address);
        await page.waitForSelector('.cv-canvas');
        await page.evaluate(fontsReady);
        await page.waitForTimeout(900);
        const name = `${sample}-${when.replace('at=', '')}-${size}${dark ? '-dark' : ''}.png`;
        await page.screenshot({ path: path.join(folder, name) });
        await page.close();
      }
    }
  }
  await browser.close();
  server.close();
}
