// The lab without a network after the first visit, and another version of it, which waits until it is wanted.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { guard, launch } from './support/chromium.mjs';
import { Lab } from './support/lab.mjs';
import { serve } from './support/site.mjs';

const dist = process.env.TIMONIER_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url));

let site, browser, context, watched, page;

before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});
beforeEach(async () => {
  site = await serve();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'fr-FR', serviceWorkers: 'allow' });
  watched = guard(context, site.origin);
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  await site.close();
});

/** Waits until everything is kept and this page is served from it. */
const kept = () => page.evaluate(async () => {
  await navigator.serviceWorker.ready;
  while (!navigator.serviceWorker.controller) await new Promise((again) => setTimeout(again, 50));
});

test('the network cut after the first visit, an exercise is done to its mark', async () => {
  await page.goto(site.url);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await kept();
  watched.check();
  await site.close();
  await page.goto('about:blank');
  const lab = await Lab.open(page, site.url, '#/cours/premier-pod/un-pod');
  await lab.panel('Éditeur').locator('.monaco-editor .view-lines').first().waitFor();
  assert.ok(await page.evaluate(() => document.fonts.ready.then(() => document.fonts.check('16px "Atkinson Hyperlegible Next"'))));
  const text = (await lab.panel('Leçon').getByRole('article').innerText()).replace(/[\u00a0\u202f]/g, ' ');
  const told = (pattern) => pattern.exec(text)?.[1] ?? assert.fail(`the exercise says ${pattern}`);
  const name = told(/s.appelle (\S+) et porte/);
  await lab.write(`apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels:
    app: ${name}
spec:
  containers:
  - name: ${told(/conteneur s.appelle (\S+) et utilise/)}
    image: ${told(/utilise l.image (\S+?)\s*;/)}
    ports:
    - containerPort: ${told(/annonce le port (\d+)/)}
`);
  await lab.apply();
  await lab.panel('Leçon').getByText('Bravo').waitFor({ timeout: 90_000 });
  assert.match(await lab.run('kubectl explain pod.spec.containers'), /Pod volumes to mount/, 'what is fetched when first needed is there too');
});

test('another version waits until the learner takes it', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await kept();
  await lab.run('kubectl create configmap garde --from-literal=a=1');
  const [worker, html] = await Promise.all(['sw.js', 'index.html'].map((name) => readFile(path.join(dist, name), 'utf8')));
  site.published.set('index.html', html.replace('<html ', '<html data-version="suivante" '));
  site.published.set('sw.js', worker.replace(/("url":"index\.html","revision":")[^"]+/, '$1autre'));
  assert.notEqual(site.published.get('sw.js'), worker, 'the list of files names the page');

  await page.reload();
  await lab.ready();
  assert.equal(await page.locator('html').getAttribute('data-version'), null, 'the exercise goes on with the version it was begun in');
  const take = page.getByRole('button', { name: /L.ouvrir maintenant/ });
  await take.waitFor({ timeout: 60_000 });
  assert.match(await lab.run('kubectl get configmap garde'), /garde/, 'nothing was replaced behind it');
  await take.click();
  await page.locator('html[data-version="suivante"]').waitFor({ state: 'attached' });
  await lab.ready();
  assert.match(await lab.run('kubectl get configmap garde'), /garde/);
  watched.check();
});
