// What is kept and what is not: a second tab, a browser without a store, a save of another version, and erasing everything.
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

/** A page of the same origin in which nothing runs that could write. */
const quiet = async () => {
  await context.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
  await page.goto(`${site.url}icon.svg`);
};

/** Names of the records kept in IndexedDB. */
const records = () => page.evaluate(() => new Promise((found, failed) => {
  const open = indexedDB.open('timonier', 1);
  open.onerror = () => failed(open.error);
  open.onsuccess = () => {
    const all = open.result.transaction('records').objectStore('records').getAllKeys();
    all.onerror = () => failed(all.error);
    all.onsuccess = () => {
      open.result.close();
      found(all.result);
    };
  };
}));

test('a second tab only reads, until it takes over', async () => {
  const first = await Lab.open(page, site.url, '#/bac-a-sable');
  await first.run('kubectl create configmap trace --from-literal=a=1');
  const other = await context.newPage();
  const second = await Lab.open(other, site.url, '#/bac-a-sable');
  await other.getByText(/déjà ouvert dans un autre onglet/).waitFor();
  await second.panel('Terminal').locator('.xterm').click();
  const before = await second.screen();
  await other.keyboard.type('kubectl delete configmap trace\n');
  await other.getByText('Cet onglet ne fait que lire').first().waitFor();
  assert.equal(await second.screen(), before, 'nothing is typed');
  await other.getByRole('button', { name: 'Continuer ici' }).click();
  await page.getByText(/maintenant dans un autre onglet/).waitFor();
  await other.getByText(/déjà ouvert dans un autre onglet/).waitFor({ state: 'detached' });
  await second.ready();
  assert.match(await second.run('kubectl get configmap trace'), /trace +1/);
});

test('without a store the lab works and says that nothing is kept', async () => {
  await context.route('**/engine-boot.js', async (route) => {
    const response = await route.fetch();
    const body = `Object.defineProperty(self, 'indexedDB', { value: undefined });\n${await response.text()}`;
    await route.fulfill({ response, body });
  });
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await page.getByText(/rien ne sera gardé/).waitFor();
  assert.match(await lab.run('kubectl get nodes'), /worker-3 +Ready/);
});

test('the work of another version comes back with its files', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await lab.write('# mon fichier\n');
  await lab.run('cat pod.yaml');
  await quiet();
  await page.evaluate(() => new Promise((done, failed) => {
    const open = indexedDB.open('timonier', 1);
    open.onerror = () => failed(open.error);
    open.onsuccess = () => {
      const store = open.result.transaction('records', 'readwrite').objectStore('records');
      const read = store.get('header|sandbox');
      read.onsuccess = () => {
        const text = [...read.result].map((byte) => String.fromCharCode(byte)).join('');
        const other = text.replace(/(engine.)0\.\d/, '$19.9');
        if (other === text) return failed(new Error(`no version in ${text}`));
        const write = store.put(Uint8Array.from(other, (c) => c.charCodeAt(0)), 'header|sandbox');
        write.onsuccess = () => {
          open.result.close();
          done();
        };
      };
    };
  }));
  await page.goto(`${site.url}#/bac-a-sable`);
  await lab.ready();
  await page.getByText(/d’une autre version/).waitFor();
  assert.match(await lab.run('cat pod.yaml'), /# mon fichier/);
});

test('erasing everything leaves nothing', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await lab.run('kubectl create configmap trace --from-literal=a=1');
  await page.goto(`${site.url}#/`);
  await page.getByRole('button', { name: 'Tout effacer…' }).click();
  const reloaded = page.waitForEvent('load');
  await page.getByRole('dialog').getByRole('button', { name: 'Tout effacer' }).click();
  await reloaded;
  await quiet();
  assert.deepEqual(await records(), []);
  const remembered = await page.evaluate(() => Object.keys(localStorage));
  assert.deepEqual(remembered.filter((name) => name !== 'timonier.theme'), []);
  await page.goto(`${site.url}#/bac-a-sable`);
  await lab.ready();
  assert.doesNotMatch(await lab.run('kubectl get configmaps'), /trace/);
});
