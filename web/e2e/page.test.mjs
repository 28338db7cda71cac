// The page itself: addresses, sizes, widths, and what it must never do.
import assert from 'node:assert/strict';
import { after, before, beforeEach, afterEach, test } from 'node:test';

import { guard, launch } from './support/chromium.mjs';
import { policy as sent, serve } from './support/site.mjs';

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
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  watched = guard(context, site.origin);
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  watched.check();
});

for (const [hash, heading] of [
  ['', /cluster/],
  ['#/', /cluster/],
  ['#/bac-a-sable', 'Bac à sable'],
  ['#/a-propos', /simulé/],
  ['#/nulle/part/du/tout', /existe pas/],
]) {
  test(`the address ${hash || 'without a route'} opens its page`, async () => {
    await page.goto(site.url + hash);
    await page.getByRole('heading', { name: heading }).first().waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'fr');
  });
}

test('the home page can be used before any program has come', async () => {
  site.sent.clear();
  let release;
  const held = new Promise((go) => (release = go));
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(site.url, { waitUntil: 'commit' });
  await page.getByRole('link', { name: 'Votre premier Pod' }).waitFor();
  const sandbox = page.getByRole('link', { name: /bac à sable/i }).first();
  await sandbox.waitFor();
  const bytes = [...site.sent].reduce((sum, [, size]) => sum + size, 0);
  assert.ok(bytes <= 300_000, `${bytes} bytes: ${JSON.stringify([...site.sent])}`);
  await sandbox.click();
  release();
  await page.getByRole('heading', { name: 'Bac à sable' }).waitFor();
});

for (const [width, height] of [[390, 844], [768, 1024], [3840, 2160]]) {
  test(`nothing is cut off at ${width} by ${height}`, async () => {
    await page.setViewportSize({ width, height });
    for (const hash of ['#/', '#/bac-a-sable', '#/a-propos']) {
      await page.goto(site.url + hash);
      await page.getByRole('main').waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wide, 0, `${hash} scrolls sideways by ${wide} pixels`);
    }
  });
}

test('the page says what it does with scripts that are not its own', async () => {
  await page.goto(site.url);
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
  assert.equal(sent, `${policy}; frame-ancestors 'self'`, 'docs/hosting says what the page says, and what only a header can');
  const scripts = policy.split(';').map((rule) => rule.trim()).find((rule) => rule.startsWith('script-src'));
  assert.equal(scripts, "script-src 'self' 'wasm-unsafe-eval'");
  assert.equal(await page.locator('script:not([src])').count(), 0, 'no inline script');
});
