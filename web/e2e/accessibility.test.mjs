// Every page and state of the lab held against axe-core's rules (WCAG 2.2 A and AA, and its best practices), light and dark, wide and narrow.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { guard, launch } from './support/chromium.mjs';
import { Lab } from './support/lab.mjs';
import { serve } from './support/site.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let site, browser;

before(async () => {
  site = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** Notes every rule that the page breaks now, and where. */
async function check(page, state, faults) {
  await page.evaluate(axe);
  const broken = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary.split('\n').at(1)?.trim()}`).join('\n    ')}`);
  });
  faults.push(...broken.map((rule) => `${state}: ${rule}`));
}

const pages = {
  home: async (page) => page.getByRole('link', { name: /premier Pod/ }).first().waitFor(),
  progression: async (page) => page.getByRole('table').first().waitFor(),
  'a-propos': async (page) => page.getByRole('heading', { level: 1 }).waitFor(),
  'nulle/part': async (page) => page.getByRole('heading', { level: 1 }).waitFor(),
};

for (const [colorScheme, viewport] of [['light', { width: 1440, height: 900 }], ['dark', { width: 1440, height: 900 }], ['light', { width: 390, height: 844 }]]) {
  test(`no rule is broken, ${colorScheme}, ${viewport.width} pixels wide`, async () => {
    const context = await browser.newContext({ viewport, colorScheme, locale: 'fr-FR', reducedMotion: 'reduce' });
    const watched = guard(context, site.origin);
    const page = await context.newPage();
    const faults = [];
    for (const [name, ready] of Object.entries(pages)) {
      await page.goto(`${site.url}#/${name === 'home' ? '' : name}`);
      await ready(page);
      await check(page, name, faults);
    }
    await page.goto(`${site.url}#/`);
    await page.getByRole('button', { name: /Tout effacer/ }).click();
    await page.getByRole('dialog').waitFor();
    await check(page, 'the question before erasing everything', faults);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /Ouvrir un dossier/ }).click();
    await page.getByRole('dialog').waitFor();
    await check(page, 'opening a lesson', faults);

    // A narrow screen shows one panel at a time, the lesson first.
    const wide = viewport.width > 1000;
    const open = async (hash) => {
      await page.goto(site.url + hash);
      const lab = new Lab(page);
      if (wide) await lab.ready();
      await page.getByRole('heading', { level: 1 }).waitFor();
      return lab;
    };
    const lab = await open('#/cours/premier-pod');
    await check(page, 'a lesson', faults);
    if (wide) {
      await lab.run('kubectl run vitrine --image=nginx:1.27');
      await lab.run('kubectl run perdu --image=nginx:absent');
      await lab.write('apiVersion: v1\nkind: Pod\nmetadata:\n  name: Mal Nommé\nspecs: {}\n');
      await page.waitForTimeout(1500);
      await check(page, 'Pods that run and fail, a manifest with faults', faults);
    }
    await open('#/cours/premier-pod/reparer-un-pod');
    await page.getByRole('heading', { level: 1, name: /horaires/ }).waitFor();
    await check(page, 'an exercise', faults);
    await context.close();
    watched.check();
    assert.equal(faults.join('\n'), '');
  });
}
