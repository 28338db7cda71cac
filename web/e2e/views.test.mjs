// The four views of a cluster, and its time: switching by keys, a component stopped and started, the past looked at, left and gone on from.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
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

const view = () => page.getByRole('region', { name: 'Vue du cluster' });
const item = (name) => page.getByRole('treeitem', { name });
const tab = (name) => view().getByRole('tab', { name });
/** The moment that the timeline shows, in seconds. */
const moment = async () => Number(await page.getByRole('slider', { name: /^Ligne du temps/ }).getAttribute('aria-valuenow'));

/** Goes back step by step to a moment or the last one before it: each step is seen before the next, or one too many would be made. */
const goBack = async (to) => {
  for (let at = await moment(); at > to; at = await moment()) {
    await page.keyboard.press('ArrowLeft');
    while (await moment() === at) await page.waitForTimeout(20);
  }
};

test('keys 1 to 4 choose the view, and arrows walk its objects', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await lab.run('kubectl create deployment web --image=nginx:1.27 --replicas=2');
  await lab.run('kubectl expose deployment web --port=80');
  await lab.run('kubectl rollout status deployment/web');
  await item(/^Nœud worker-1/).focus();
  await page.keyboard.press('2');
  await tab(/Objets/).and(page.locator('[aria-selected=true]')).waitFor();
  await item(/^Service web, .*sélectionne 2 Pods$/).waitFor();
  await item(/^Deployment web/).focus();
  await page.keyboard.press('ArrowDown');
  assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^ReplicaSet web-/);
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: /^Inspecteur : ReplicaSet web-/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('4');
  await item(/^kube-scheduler, en marche/).waitFor();
  await item(/^kube-apiserver/).focus();
  await page.keyboard.press('3');
  await tab(/Trafic/).and(page.locator('[aria-selected=true]')).waitFor();
  await tab(/Trafic/).focus();
  await page.keyboard.press('ArrowLeft');
  await tab(/Objets/).and(page.locator('[aria-selected=true]')).waitFor();
  await page.keyboard.press('1');
  await item(/^Nœud worker-1.*CPU demandé/).waitFor();
});

test('a Pod that finds no node shows why each was refused', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await lab.run(`kubectl run gros --image=nginx:1.27 --overrides='{"spec":{"containers":[{"name":"gros","image":"nginx:1.27","resources":{"requests":{"cpu":"64"}}}]}}'`);
  await item(/^Nœud worker-1.*refusé par le scheduler : Insufficient cpu/).waitFor();
  await item(/^Pod gros, aucun nœud possible/).focus();
  await page.keyboard.press('Enter');
  const inspector = page.getByRole('region', { name: 'Inspecteur : Pod gros' });
  await inspector.getByRole('tab', { name: 'Placement' }).and(page.locator('[aria-selected=true]')).waitFor();
  await inspector.getByText('NodeResourcesFit: Insufficient cpu').first().waitFor();
  await inspector.getByText('Le nœud n’a plus assez de place').first().waitFor();
});

test('a component is stopped and started from its place', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await item(/^Nœud worker-1/).focus();
  await page.keyboard.press('4');
  await item(/^kube-scheduler, en marche/).focus();
  await page.keyboard.press('Enter');
  const panel = page.getByRole('region', { name: /kube-scheduler$/ });
  await panel.getByRole('button', { name: 'Arrêter kube-scheduler' }).click();
  await item(/^kube-scheduler, arrêté/).waitFor();
  await lab.until(async () => /kube-scheduler est arrêté/.test(await lab.screen()), 'the command in the terminal');
  await lab.run('kubectl run web --image=nginx:1.27');
  await page.keyboard.press('Escape');
  assert.match(await lab.run('kubectl get pod web'), /web +0\/1 +Pending/);
  await panel.getByRole('button', { name: 'Démarrer kube-scheduler' }).click();
  await item(/^kube-scheduler, (en marche|attend son bail)/).waitFor();
  await lab.run('kubectl wait --for=condition=Ready pod/web --timeout=120s', { timeout: 150_000 });
  // its message can be read
  const journal = page.getByRole('complementary', { name: 'Messages' });
  await journal.getByRole('button', { name: /met à jour l’état de Pod web$/ }).first().click();
  await journal.getByText('/api/v1/namespaces/default/pods/web/status').first().waitFor();
});

test('the past is looked at, left, and gone on from', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await lab.run('kubectl run avant --image=nginx:1.27');
  await lab.run('kubectl wait --for=condition=Ready pod/avant');
  await item(/^Pod avant, prêt/).waitFor();
  const then = await moment();
  await lab.run('sleep 3');
  await lab.run('kubectl delete pod avant --now');
  await lab.run('kubectl run apres --image=nginx:1.27');
  await item(/^Pod apres/).waitFor();
  const slider = page.getByRole('slider', { name: /^Ligne du temps/ });
  await slider.focus();
  await goBack(then + 1);
  await page.getByText('Vous regardez le passé', { exact: true }).waitFor();
  await item(/^Pod avant, prêt/).waitFor();
  assert.equal(await item(/^Pod apres/).count(), 0);
  // nothing can be done to the past
  await lab.panel('Terminal').locator('.xterm').click();
  const before = await lab.screen();
  await page.keyboard.type('kubectl get pods\n');
  await page.getByText('Vous regardez le passé : revenez au présent pour agir.').waitFor();
  assert.equal(await lab.screen(), before);
  await page.getByRole('button', { name: 'Revenir au présent' }).click();
  await item(/^Pod apres/).waitFor();
  assert.equal(await item(/^Pod avant/).count(), 0);
  await slider.focus();
  await goBack(then + 1);
  await item(/^Pod avant, prêt/).waitFor();
  await page.getByRole('button', { name: 'Repartir d’ici' }).click();
  await page.getByText('Vous regardez le passé', { exact: true }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /vitesse normale/i }).click();
  await lab.ready();
  const pods = await lab.run('kubectl get pods');
  assert.match(pods, /avant +1\/1 +Running/);
  assert.doesNotMatch(pods, /apres/);
  // the branch is what is kept
  await page.reload();
  await lab.ready();
  assert.match(await lab.run('kubectl get pods'), /avant +1\/1 +Running/);
});

test('a rollout under traffic: requests travel, and those it loses are counted', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await lab.run('kubectl create deployment web --image=nginx:1.27 --replicas=3');
  await lab.run('kubectl expose deployment web --port=80');
  await lab.run('kubectl rollout status deployment/web');
  // kube-proxy has its rules a moment after the Pods are ready
  await lab.run('sleep 5');
  await tab(/Trafic/).click();
  await lab.run('lab trafic http://web 40 120');
  await item(/^Service web.*requêtes/).waitFor();
  await page.getByRole('img', { name: /^Requêtes.*: 40\/s$/ }).waitFor();
  const service = async () => (await item(/^Service web/).getAttribute('aria-label')).replace(/[\u00a0\u202f]/g, ' ');
  assert.doesNotMatch(await service(), /perdue/);
  await lab.run('kubectl set image deployment/web nginx=nginx:1.28');
  await lab.run('kubectl rollout status deployment/web');
  await lab.run('lab trafic arreter; sleep 6');
  await item(/^Service web.*perdue/).waitFor();
  // the view counts every request, as the terminal does
  await page.getByRole('button', { name: 'Pause' }).click();
  const [, lost, total] = /(\d+) perdues? sur (\d+)/.exec(await service());
  await page.getByRole('button', { name: /vitesse normale/i }).click();
  const [, sent, served, faults, gone] = /service default\/web +(\d+) +(\d+) +(\d+)\s+(\d+)/.exec(await lab.run('lab trafic')).map(Number);
  assert.deepEqual([Number(total), Number(lost)], [sent, gone]);
  assert.ok(gone > 0 && faults === 0 && sent === served + gone, `${sent} sent, ${served} served, ${gone} lost`);
  // one of them tells its way
  const journal = page.getByRole('complementary', { name: 'Messages' });
  await journal.getByRole('button', { name: /GET http:\/\/web\/.*perdue/ }).first().click();
  await journal.getByText('kube-proxy').first().waitFor();
});

test('the last command is undone and done again', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await lab.run('kubectl create deployment web --image=nginx:1.27');
  await lab.run('kubectl rollout status deployment/web');
  await lab.run('kubectl delete deployment web');
  const undo = page.getByRole('button', { name: 'Annuler : kubectl delete deployment web' });
  await undo.click();
  await item(/^Deployment web, 1 prêt sur 1/).waitFor();
  await page.getByRole('button', { name: 'Annuler : clear' }).waitFor();
  await page.getByRole('button', { name: 'Rétablir la commande annulée' }).click();
  await undo.waitFor();
  await item(/^Deployment web/).waitFor({ state: 'detached' });
  await lab.ready();
  assert.match(await lab.run('kubectl get deployments'), /No resources found/);
});

test('time skips to the next change', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await lab.run('kubectl create job essai --image=busybox:1.37 -- sleep 600');
  await item(/^Pod essai-\w+, prêt/).waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  const ended = item(/^Pod essai-\w+, terminé/).or(item(/^Job essai, 1\/1/)).first();
  // minutes of waiting in a few steps, each of which shows something that changed
  let steps = 0;
  while (!(await ended.isVisible()) && steps < 40) {
    await page.getByRole('button', { name: 'Aller au prochain changement' }).click();
    await page.waitForTimeout(300);
    steps += 1;
  }
  await ended.waitFor();
  assert.ok((await moment()) > 600, `${await moment()} s`);
});

test('no rule of accessibility is broken in any view, nor in the past', async () => {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await lab.run('kubectl create deployment web --image=nginx:1.27 --replicas=2');
  await lab.run('kubectl expose deployment web --port=80');
  await lab.run('sleep 3');
  const faults = [];
  const check = async (state) => {
    await page.evaluate(axe);
    const broken = await page.evaluate(async () => {
      const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' ')}`);
    });
    faults.push(...broken.map((rule) => `${state}: ${rule}`));
  };
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    for (const name of ['Nœuds', 'Objets', 'Trafic', 'Sous le capot']) {
      await tab(new RegExp(name)).click();
      await page.waitForTimeout(600);
      await check(`${name}, ${colorScheme}`);
    }
  }
  await item(/^kube-scheduler/).focus();
  await page.keyboard.press('Enter');
  await check('a component');
  await page.keyboard.press('Escape');
  await page.getByRole('slider', { name: /^Ligne du temps/ }).focus();
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('button', { name: 'Repartir d’ici' }).waitFor();
  await check('the past');
  await tab(/Nœuds/).click();
  await item(/^Pod web/).first().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Placement' }).click();
  await page.waitForTimeout(300);
  await check('the placement of a Pod');
  assert.deepEqual(faults, []);
});
