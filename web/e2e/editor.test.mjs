// The editor helps: fields at their place, required ones first, values, snippets, and what a word means.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { guard, launch } from './support/chromium.mjs';
import { Lab } from './support/lab.mjs';
import { serve } from './support/site.mjs';

let site, browser, context, watched, page, lab;

before(async () => {
  site = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.close();
});
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
  watched = guard(context, site.origin);
  page = await context.newPage();
  lab = await Lab.open(page, site.url, '#/bac-a-sable');
});
afterEach(async () => {
  await context.close();
  watched.check();
});

const rows = () => page.locator('.suggest-widget.visible .monaco-list-row');

/** Asks for completions, and waits for one. */
async function offered(label) {
  await page.keyboard.press('Control+Space');
  await rows().filter({ hasText: label }).first().waitFor();
  return rows().allInnerTexts();
}

test('fields and values are completed where they belong', async () => {
  await lab.write('apiVersion: v1\nkind: Pod\nspec:\n  ');
  const fields = await offered('containers');
  assert.match(fields[0], /^containers/, 'the required field comes first');
  await page.keyboard.press('Escape');
  await page.keyboard.type('restartPolicy: ');
  assert.match((await offered('OnFailure')).join(' '), /Always.*Never/);
});

test('a snippet writes a whole manifest', async () => {
  await lab.write('');
  await page.keyboard.type('k-dep');
  await offered('k-deployment');
  await page.keyboard.press('Enter');
  const text = async () => (await page.locator('.monaco-editor .view-lines').first().innerText()).replace(/\u00a0/g, ' ');
  await lab.until(async () => /kind: Deployment/.test(await text()), 'the snippet');
  assert.match(await text(), /matchLabels:/);
});

test('a word says what it means', async () => {
  await lab.write('apiVersion: v1\nkind: Pod\nspec:\n  containers:\n');
  await page.locator('.monaco-editor .view-line').filter({ hasText: 'containers' }).locator('span span').filter({ hasText: 'containers' }).first().hover();
  await page.getByText('[]Container').first().waitFor();
  await page.getByText(/List of containers belonging to the pod/).first().waitFor();
});

test('kubectl explain has the documentation fetched', async () => {
  assert.match(await lab.run('kubectl explain pod.spec.containers | head -n 9'), /List of containers belonging to the pod/);
});
