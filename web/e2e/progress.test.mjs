// The learner's own page: what an exercise brought, taken to another machine as a file.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { guard, launch } from './support/chromium.mjs';
import { Lab } from './support/lab.mjs';
import { serve } from './support/site.mjs';

let site, browser;

before(async () => {
  site = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

async function machine() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
  return { context, watched: guard(context, site.origin), page: await context.newPage() };
}

test('marks, hints and time are shown, exported, and imported elsewhere', async () => {
  const one = await machine();
  const lab = await Lab.open(one.page, site.url, '#/cours/premier-pod/un-pod');
  await lab.panel('Leçon').getByRole('button', { name: /Voir un indice/ }).click();
  await lab.panel('Leçon').getByText('Indice').first().waitFor();
  await lab.run('kubectl get nodes');
  await lab.run('kubectl get pods');
  await one.page.goto(`${site.url}#/progression`);
  const row = (page) => page.getByRole('row').filter({ has: page.getByRole('link', { name: 'La vitrine d’un nouveau producteur' }) });
  await row(one.page).getByRole('cell', { name: /^0\/\d+$/ }).waitFor();
  assert.deepEqual((await row(one.page).getByRole('cell').allInnerTexts()).slice(1, 2), ['1'], 'one hint was used');
  const [download] = await Promise.all([
    one.page.waitForEvent('download'),
    one.page.getByRole('button', { name: 'Exporter mes notes' }).click(),
  ]);
  const file = path.join(os.tmpdir(), `progression-${process.pid}.json`);
  await download.saveAs(file);
  const exported = JSON.parse(await readFile(file, 'utf8'));
  assert.equal(exported.exercises['un-pod'].hintsUsed, 1);
  await one.context.close();
  one.watched.check();

  exported.exercises['un-pod'].best = exported.exercises['un-pod'].max;
  await writeFile(file, JSON.stringify(exported));
  const other = await machine();
  await other.page.goto(`${site.url}#/progression`);
  await row(other.page).getByRole('cell', { name: 'à faire' }).waitFor();
  await other.page.getByLabel(/Importer un fichier/).setInputFiles(file);
  await other.page.getByText('Un exercice mis à jour.').waitFor();
  await row(other.page).getByRole('cell', { name: /(\d+)\/\1$/ }).waitFor();
  await other.page.getByLabel(/Importer un fichier/).setInputFiles({ name: 'autre.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
  await other.page.getByText(/n’est pas une progression/).waitFor();
  await other.context.close();
  other.watched.check();
});
