// The engine's second file: a usual session never asks for it; what is in it works when it is called, from the middle of a step.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { guard, launch } from './support/chromium.mjs';
import { Lab } from './support/lab.mjs';
import { serve } from './support/site.mjs';

const APART = 'engine_apart.wasm';
const dist = process.env.TIMONIER_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url));
// Builds for development are in one file.
const split = existsSync(path.join(dist, APART));

let site, browser, context, watched, page;

before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});
beforeEach(async () => {
  site = await serve();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
  watched = guard(context, site.origin);
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  await site.close();
  watched.check();
});

test('a first Pod and a first Deployment need the first file only', { skip: !split && 'not a release build' }, async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await lab.run('kubectl run web --image=nginx:1.27');
  await lab.run('kubectl create deployment front --image=nginx:1.27 --replicas=2');
  assert.match(await lab.run('kubectl rollout status deployment/front'), /successfully rolled out/);
  assert.match(await lab.run('kubectl describe pod web'), /Scheduled/);
  assert.ok(!site.sent.has(APART), 'the second file was fetched');
});

test('what is apart works when it is called', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  assert.match(await lab.run('docker run --rm busybox:1.36 echo bonjour'), /^bonjour$/m);
  assert.equal(site.sent.has(APART), split);
  await lab.run('kubectl create job calcul --image=busybox:1.36 -- echo fini');
  await lab.run('kubectl wait --for=condition=Complete job/calcul');
  assert.match(await lab.run('kubectl logs job/calcul'), /^fini$/m);
  assert.match(await lab.run('kubectl get job calcul -o go-template={{.metadata.name}}'), /calcul/);
});

test('where the second file cannot be fetched the lab says so, stays, and tries again', { skip: !split && 'not a release build' }, async () => {
  const faulty = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
  try {
    const page = await faulty.newPage();
    site.published.set(APART, 'not a program');
    const lab = await Lab.open(page, site.url, '#/bac-a-sable');
    await lab.run('kubectl create deployment garde --image=nginx:1.27');
    await lab.panel('Terminal').locator('.xterm').click();
    await page.keyboard.type('docker ps\n');
    await page.getByText(/Une partie du simulateur n.a pas pu être téléchargée/).waitFor();
    site.published.delete(APART);
    assert.match(await lab.run('docker run --rm busybox:1.36 echo bonjour'), /^bonjour$/m);
    assert.match(await lab.run('kubectl get deployment garde -o name'), /deployment.apps\/garde/);
  } finally {
    await faulty.close();
  }
});
