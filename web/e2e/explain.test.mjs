// « Pourquoi ? » from the terminal, the keyboard and the inspector; what an apply would change; the work folder as a zip.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'fr-FR', acceptDownloads: true });
  watched = guard(context, site.origin);
  page = await context.newPage();
  lab = await Lab.open(page, site.url, '#/bac-a-sable');
});
afterEach(async () => {
  await context.close();
  watched.check();
});

const broken = `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: nginx
      image: nginx:1.99
`;

test('the terminal explains, up to the line of the file', async () => {
  await lab.write(broken);
  await lab.apply();
  await lab.until(async () => /pod\/web created/.test(await lab.screen()), 'the Pod');
  await lab.until(async () => /Vouliez-vous|La plus proche/.test((await lab.run('lab pourquoi pod/web')).replace(/\n\s*/g, ' ')), 'the tag');
  assert.match((await lab.screen()).replace(/\n\s*/g, ' '), /ligne 8 : image: nginx:1\.99/);
});

test('the inspector explains by keyboard, and leads to the editor', async () => {
  await lab.write(broken);
  await lab.apply();
  const item = page.getByRole('treeitem', { name: /^Pod web/ });
  await item.waitFor();
  await item.focus();
  await page.keyboard.press('?');
  const inspector = page.getByRole('region', { name: 'Inspecteur : Pod web' });
  await inspector.getByRole('tab', { name: /Pourquoi/, selected: true }).waitFor();
  const line = inspector.getByRole('button', { name: /pod\.yaml, ligne 8/ });
  await line.waitFor({ timeout: 60_000 });
  await line.click();
  await lab.until(async () => page.evaluate(() => document.activeElement?.closest('.monaco-editor') !== null), 'the editor');
});

test('a name in the terminal opens the inspector', async () => {
  await lab.run('kubectl create deployment web --image=nginx:1.27');
  const rows = lab.panel('Terminal').locator('.xterm-rows > div');
  const row = rows.filter({ hasText: 'deployment.apps/web created' });
  const box = await row.boundingBox();
  await page.mouse.move(box.x + 30, box.y + box.height / 2);
  await page.mouse.move(box.x + 40, box.y + box.height / 2);
  await lab.until(async () => (await lab.panel('Terminal').locator('.xterm-cursor-pointer').count()) > 0, 'a link');
  await page.mouse.click(box.x + 40, box.y + box.height / 2);
  await page.getByRole('region', { name: 'Inspecteur : Deployment web' }).waitFor();
});

test('what an apply would change is shown before', async () => {
  await lab.run('kubectl create deployment web --image=nginx:1.27');
  await lab.write(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: "nginx:1.28"}]}
`);
  await page.getByRole('button', { name: 'Voir les changements' }).click();
  const dialog = page.getByRole('dialog', { name: 'Ce que ce fichier changerait' });
  await dialog.locator('.modified .view-line').filter({ hasText: 'nginx:1.28' }).first().waitFor();
  await dialog.locator('.original .view-line').filter({ hasText: 'nginx:1.27' }).first().waitFor();
  await dialog.getByRole('button', { name: 'Appliquer' }).click();
  await lab.until(async () => /deployment\.apps\/web configured/.test(await lab.screen()), 'the apply');
  await page.getByRole('button', { name: 'Voir les changements' }).click();
  await page.getByText('le cluster est déjà comme ce fichier le veut').waitFor();
  await page.keyboard.press('Escape');
  // the editor goes on helping: its outline, its completion
  await lab.panel('Éditeur').locator('.monaco-editor').first().click();
  await page.keyboard.press('Control+Shift+O');
  await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'Deployment web' }).first().waitFor();
  await page.keyboard.press('Escape');
  await lab.write('apiVersion: v1\nkind: Pod\nspec:\n  ');
  await page.keyboard.press('Control+Space');
  await page.locator('.suggest-widget.visible .monaco-list-row').filter({ hasText: 'containers' }).first().waitFor();
});

test('the work folder goes home as a zip and comes back', async () => {
  await lab.write('a: "é"\n');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Exporter' }).click()]);
  const bytes = await readFile(await download.path());
  assert.equal(bytes.readUInt32LE(0), 0x04034b50);
  const file = path.join(tmpdir(), `timonier-${process.pid}.zip`);
  await writeFile(file, bytes);
  await lab.write('other: 1\n');
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Importer…' }).click()]);
  await chooser.setFiles(file);
  await lab.until(async () => (await lab.run('cat pod.yaml')).includes('a: "é"'), 'the file of the zip');
});

test('formatting sets the indentation right', async () => {
  await lab.write('metadata:\n    name: web # nom\n    labels:\n        app: web\n');
  await page.keyboard.press('Shift+Alt+F');
  const text = async () => (await page.locator('.monaco-editor .view-lines').first().innerText()).replace(/\u00a0/g, ' ');
  await lab.until(async () => /\n {2}labels:\n {4}app: web/.test(await text()), 'the indentation');
  assert.match(await text(), / {2}name: web # nom/);
});

test('each terminal window has its own shell', async () => {
  await lab.run('kubectl run web --image=nginx:1.27');
  await lab.panel('Terminal').locator('.xterm').click();
  await page.keyboard.type('kubectl get pods --watch\n');
  await lab.until(async () => !/\$ ?$/.test(await lab.lastLine()), 'the watch');
  await page.getByRole('button', { name: 'Ouvrir un autre terminal' }).click();
  await lab.until(async () => /^\S+:~\$ ?$/.test(await lab.screen()), 'a fresh window');
  assert.match(await lab.run('kubectl delete pod web --now'), /pod "web" deleted/);
  await page.getByRole('button', { name: 'Terminal 1' }).click();
  await lab.until(async () => /--watch[^]*web .*Terminating/.test(await lab.screen()), 'what the watch saw meanwhile');
  await page.keyboard.press('Control+c');
  await lab.ready();
  await page.getByRole('button', { name: 'Terminal 2' }).click();
  await lab.until(async () => /pod "web" deleted/.test(await lab.screen()), 'what the second window showed');
  await page.reload();
  await lab.ready();
  assert.match(await lab.screen(), /pod "web" deleted/);
  await page.getByRole('button', { name: 'Fermer ce terminal' }).click();
  await lab.until(async () => /--watch/.test(await lab.screen()), 'the first window');
});
