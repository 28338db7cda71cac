// A teacher's own lesson: opened from a zip and from a folder, graded, kept over a reload, put away; its faults are told with their place.
import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import zlib from 'node:zlib';

import { guard, launch } from './support/chromium.mjs';
import { Lab } from './support/lab.mjs';
import { serve } from './support/site.mjs';

const lesson = `format: 1
id: mon-phare
revision: 1
title: Le phare
topics: [1]
needs: Rien.
gives: Allumer un Pod.
minutes: 5
steps:
  - un.md
  - exercices/phare.yaml
`;
const page1 = '# Le phare\n\nAllumez-le dans [l\'exercice](#/cours/mon-phare/allumer).\n';
const exercise = `id: allumer
kind: do
title: Allumer le phare
minutes: 3
situation: |
  Lancez le Pod \`phare\` avec l'image \`nginx:1.27\`.
goals:
  - id: allume
    text: Le Pod \`phare\` est prêt.
    points: 4
    check:
      state:
        kind: Pod
        name: phare
        match: {status: {conditions: [{type: Ready, status: "True"}]}}
hints:
  - {text: Un Pod se lance d'une commande., cost: 1}
solution:
  steps:
    - run: kubectl run phare --image=nginx:1.27
    - wait: 30
  explanation: Une commande suffit.
`;
const files = { 'phare/lesson.yaml': lesson, 'phare/un.md': page1, 'phare/exercices/phare.yaml': exercise };

/** A zip archive of these texts. */
function zip(texts) {
  const parts = [];
  const entries = [];
  let offset = 0;
  for (const [name, text] of Object.entries(texts)) {
    const raw = Buffer.from(text);
    const packed = zlib.deflateRawSync(raw);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x800, 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(0x21_0000, 6);
    fields.writeUInt32LE(zlib.crc32(raw), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(raw.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    entries.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, place, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from('PK\x05\x06'), end]);
}

let site, browser, context, watched, page, folder;

before(async () => {
  site = await serve();
  browser = await launch();
  folder = await mkdtemp(path.join(os.tmpdir(), 'timonier-'));
});
after(async () => {
  await browser?.close();
  await site?.close();
  await rm(folder, { recursive: true, force: true });
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

async function openDialog() {
  await page.goto(site.url);
  await page.locator('.lessons .card').first().waitFor();
  await page.getByRole('button', { name: /Ouvrir un dossier ou un zip/ }).click();
  return page.getByRole('dialog');
}

test('a lesson from a zip is listed, played and graded, comes back after a reload, and can be put away', async () => {
  const dialog = await openDialog();
  await dialog.getByLabel('Choisir un zip').setInputFiles({ name: 'phare.zip', mimeType: 'application/zip', buffer: zip(files) });
  await page.getByRole('link', { name: /Le phare/ }).waitFor();
  await page.reload();
  await page.getByRole('link', { name: /Le phare/ }).click();
  const lab = new Lab(page);
  await lab.ready();
  await lab.panel('Leçon').getByRole('link', { name: 'l’exercice' }).click();
  await lab.panel('Leçon').getByRole('heading', { name: 'Allumer le phare' }).waitFor();
  await lab.ready();
  await lab.run('kubectl run phare --image=nginx:1.27');
  await lab.panel('Leçon').getByText('Bravo').waitFor({ timeout: 60_000 });
  await page.goto(`${site.url}#/`);
  await page.getByRole('img', { name: '1/1 exercices réussis' }).waitFor();
  await page.getByRole('button', { name: /Retirer/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Retirer' }).click();
  await page.getByRole('link', { name: /Le phare/ }).waitFor({ state: 'detached' });
});

test('a folder with a fault says where, and opens once it is mended', async () => {
  const own = path.join(folder, 'phare');
  await mkdir(path.join(own, 'exercices'), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  await writeFile(path.join(own, 'exercices', 'phare.yaml'), exercise.replace('goals:', 'goal:'));
  const dialog = await openDialog();
  await dialog.getByLabel('Choisir un dossier').setInputFiles(own);
  await dialog.locator('.faults code').first().waitFor();
  assert.match(await dialog.locator('.faults').innerText(), /phare\/exercices\/phare\.yaml:\d+/);
  await writeFile(path.join(own, 'exercices', 'phare.yaml'), exercise);
  await dialog.getByLabel('Choisir un dossier').setInputFiles(own);
  await page.getByRole('link', { name: /Le phare/ }).waitFor();
});

test('what is no lesson is told so', async () => {
  const dialog = await openDialog();
  const zipped = dialog.getByLabel('Choisir un zip');
  await zipped.setInputFiles({ name: 'a.zip', mimeType: 'application/zip', buffer: Buffer.from('PK\x03\x04 rien') });
  await dialog.getByText(/n’ont pas pu être lus/).waitFor();
  await zipped.setInputFiles({ name: 'b.zip', mimeType: 'application/zip', buffer: zip({ 'un.md': '# Un' }) });
  await dialog.getByText(/Aucune leçon ici/).waitFor();
});

test('what it takes to open a lesson is loaded only then', async () => {
  site.sent.clear();
  await page.goto(site.url);
  await page.locator('.lessons .card').first().waitFor();
  assert.ok(!site.sent.has('lesson-files.js'));
});
