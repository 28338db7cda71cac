// Writes the service worker of a built site, sw.js: every file that the lab may load, with the hash of its content. With `--none`, for builds that change
// all the time, one that puts an earlier one away, so that no browser shows what it kept.
import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [dist, option] = process.argv.slice(2);
if (!dist) throw new Error('usage: node offline.mjs DIST [--none]');

const none = `self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) await caches.delete(name);
  await self.registration.unregister();
})()));
`;

/** Read on request only, or never by the lab: not worth a visitor's disk. */
const leftOut = (name) => /^(licences|schema)\//.test(name) || /\.(br|gz|map)$/.test(name) || name === 'sw.js';

async function worker() {
  const files = (await readdir(dist, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dist, path.join(entry.parentPath ?? entry.path, entry.name)).split(path.sep).join('/'))
    .filter((name) => !leftOut(name))
    .sort();
  const list = await Promise.all(files.map(async (url) => {
    const hash = createHash('sha256').update(await readFile(path.join(dist, url))).digest('base64url');
    return { url, revision: hash.slice(0, 16) };
  }));
  const bundle = await readFile(fileURLToPath(new URL('../generated/offline/sw.js', import.meta.url)), 'utf8');
  if (!bundle.includes('self.__TIMONIER_FILES')) throw new Error('the bundled service worker has no place for the list of files');
  console.log(`offline: ${list.length} files kept by browsers`);
  return bundle.replace('self.__TIMONIER_FILES', () => JSON.stringify(list));
}

await writeFile(path.join(dist, 'sw.js'), option === '--none' ? none : await worker());
