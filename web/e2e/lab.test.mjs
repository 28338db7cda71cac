// The lab's screen: borders moved by keys, a manifest applied while a command holds the terminal, the inspector.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { guard, launch } from './support/chromium.mjs';
import { Lab } from './support/lab.mjs';
import { serve } from './support/site.mjs';

let site, browser, context, watched, page;

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
});
afterEach(async () => {
  await context.close();
  watched.check();
});

const pod = `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: nginx:1.27
`;

test('borders move by keys, and Enter folds a panel', async () => {
  await Lab.open(page, site.url, '#/bac-a-sable');
  for (const [name, more, panel] of [
    ['Largeur de la leçon', 'ArrowRight', 'panneau-lecon'],
    ['Hauteur du cluster', 'ArrowDown', 'panneau-cluster'],
    ['Largeur de l’éditeur', 'ArrowRight', 'panneau-editeur'],
  ]) {
    const border = page.getByRole('separator', { name });
    const now = async () => Number(await border.getAttribute('aria-valuenow'));
    await border.focus();
    const before = await now();
    await page.keyboard.press(more);
    assert.equal(await now(), before + 2, name);
    await page.keyboard.press('Home');
    assert.equal(await now(), Number(await border.getAttribute('aria-valuemin')), name);
    await page.keyboard.press('End');
    assert.equal(await now(), Number(await border.getAttribute('aria-valuemax')), name);
    await page.keyboard.press('Enter');
    await page.locator(`#${panel}.folded`).waitFor();
    await page.keyboard.press('Enter');
    await page.locator(`#${panel}:not(.folded)`).waitFor();
  }
});

test('a manifest is applied even while a command holds the terminal', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await lab.panel('Terminal').locator('.xterm').click();
  await page.keyboard.type('kubectl get pods --watch\n');
  await lab.until(async () => !/\$ ?$/.test(await lab.lastLine()), 'the watch');
  await lab.write(pod);
  await lab.apply();
  await lab.until(async () => /second terminal\] \$ kubectl apply -f pod\.yaml\n[^]*pod\/web created/.test(await lab.screen()), 'the applied manifest');
  await lab.until(async () => /web +1\/1 +Running/.test(await lab.screen()), 'the watch to go on');
  await lab.panel('Terminal').locator('.xterm').click();
  await page.keyboard.press('Control+c');
  await lab.ready();
});

test('a command that prints nothing and is over at once gives the prompt back', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  for (const line of ['true', 'cd .', 'lab repartiteur marche']) {
    assert.equal((await lab.run(line, { timeout: 5_000 })).split('\n').length, 2, line);
  }
});

test('the inspector shows the events of a Pod', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await lab.run('kubectl run web --image=nginx:1.27');
  const item = page.getByRole('treeitem', { name: /^Pod web/ });
  await item.focus();
  await page.keyboard.press('Enter');
  const inspector = page.getByRole('region', { name: 'Inspecteur : Pod web' });
  await inspector.getByRole('tab', { name: 'Événements' }).click();
  await inspector.getByText('Scheduled').first().waitFor();
  await inspector.getByText('Started').first().waitFor();
  await page.keyboard.press('Escape');
  await inspector.waitFor({ state: 'detached' });
});
