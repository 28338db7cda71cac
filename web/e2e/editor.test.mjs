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

test('kubectl edit opens the editor: what is saved is applied, what is wrong comes back with the reason', async () => {
  const lent = page.getByRole('button', { name: /^kubectl-edit-/ });
  const edit = async (change) => {
    await lab.type('clear');
    await lab.type('kubectl edit deployment web');
    await lent.waitFor();
    await lab.write(change((await lab.text())));
    await page.keyboard.press('Control+s');
  };
  await lab.run('kubectl create deployment web --image=nginx:1.27');
  await edit((text) => text.replace('replicas: 1', 'replicas: 2'));
  await lent.waitFor({ state: 'detached' });
  await lab.until(async () => /deployment\.apps\/web edited/.test(await lab.screen()), 'the edit');
  await page.getByRole('treeitem', { name: /^Deployment web, .*sur 2/ }).waitFor();

  // refused: the text is marked, comes back with the API server's reason above it, and can be given up
  await edit((text) => text.replace('replicas: 2', 'replicas: -1'));
  await lab.until(async () => /error: deployments\.apps "web" is invalid/.test(await lab.screen()), 'the refusal');
  await lab.until(async () => /# deployments\.apps "web" was not valid:\n# \* spec\.replicas: Invalid value: -1/.test(await lab.text()), 'the reason');
  await page.getByRole('button', { name: 'Abandonner' }).click();
  await lent.waitFor({ state: 'detached' });
  await lab.ready();
  assert.match((await lab.screen()).replaceAll('\n', ''), /A copy of your changes has been stored to "\/tmp\/kubectl-edit-\d+\.yaml"error: Edit cancelled, no valid changes were saved\./);
  assert.match(await lab.run("kubectl get deployment web -o jsonpath='{.spec.replicas}{\"\\n\"}'"), /\n2\n/);

  // nothing changed
  await edit((text) => text);
  await lab.until(async () => /Edit cancelled, no changes made\./.test(await lab.screen()), 'the end');
});

test('nano and vi open a file of the work folder, and an object opens as a manifest', async () => {
  await lab.run('nano notes.yaml');
  await page.getByRole('button', { name: 'notes.yaml', pressed: true }).waitFor();
  await lab.write('a: 1\n');
  await page.keyboard.press('Control+s');
  assert.match(await lab.run('cat notes.yaml'), /a: 1/);
  await lab.run('vi autre.yaml');
  await page.getByRole('button', { name: 'autre.yaml', pressed: true }).waitFor();
  await lab.run('kubectl create deployment web --image=nginx:1.27');
  await page.getByRole('treeitem', { name: /^Deployment web/ }).focus();
  await page.keyboard.press('Enter');
  const inspector = page.getByRole('region', { name: 'Inspecteur : Deployment web' });
  await inspector.getByRole('tab', { name: 'YAML' }).click();
  await inspector.getByRole('button', { name: 'Ouvrir dans l’éditeur' }).click();
  await page.getByRole('button', { name: /web.*yaml/, pressed: true }).waitFor();
  const text = await lab.text();
  assert.match(text, /kind: Deployment/);
  assert.doesNotMatch(text, /status:|uid:|resourceVersion:/, 'only what one would write');
});

test('what is wrong is marked where it is', async () => {
  await lab.write('apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      imagee: nginx:1.27\n');
  const editor = lab.panel('Éditeur');
  await editor.locator('.squiggly-error').first().waitFor();
  await editor.getByText(/^8\s:/).waitFor();
  await editor.getByRole('button', { name: /problème/ }).click();
  await page.keyboard.press('F8');
  await page.getByText(/unknown field "spec\.containers\[0\]\.imagee"/).first().waitFor();
});

test('kubectl explain has the documentation fetched', async () => {
  assert.match(await lab.run('kubectl explain pod.spec.containers | head -n 9'), /List of containers belonging to the pod/);
});
