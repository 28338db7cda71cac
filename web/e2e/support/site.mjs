// Serves the built site below a path, as a plain static host would, with the headers README.md recommends.
import { createReadStream, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = process.env.TIMONIER_DIST ?? fileURLToPath(new URL('../../../dist', import.meta.url));

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/** What a host may send beside what the page's own <meta> says: the policy of docs/hosting. */
export const policy = /^ +Content-Security-Policy: (.+)$/m.exec(
  readFileSync(new URL('../../../docs/hosting/_headers', import.meta.url), 'utf8'),
)[1];

/**
 * @param {string} below the path the site lives under, to prove that it needs none in particular
 * @returns {Promise<{url: string, origin: string, sent: Map<string, number>, published: Map<string, string>, close: () => Promise<void>}>}
 *   `sent` counts the bytes of each file that was asked for, compressed where the site holds a .br file; `published` holds texts
 *   that are served in place of files of the built site, as if another version had been put there
 */
export async function serve(below = '/un/dossier/quelconque/') {
  const sent = new Map();
  const published = new Map();
  const server = http.createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  async function answer(request, response) {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (!pathname.startsWith(below)) return response.writeHead(404).end();
    let name = decodeURIComponent(pathname.slice(below.length));
    if (name === '' || name.endsWith('/')) name += 'index.html';
    const file = path.join(dist, name);
    const found = file.startsWith(dist) && (await stat(file).catch(() => null));
    if (!found || !found.isFile()) return response.writeHead(404).end();
    const other = published.get(name);
    const compressed = other === undefined && (await stat(`${file}.br`).catch(() => null));
    sent.set(name, (compressed ?? found).size);
    const headers = {
      'Content-Type': types[path.extname(name)] ?? 'application/octet-stream',
      'Content-Security-Policy': policy,
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    };
    if (other !== undefined) return response.writeHead(200, headers).end(other);
    response.writeHead(200, compressed ? { ...headers, 'Content-Encoding': 'br' } : headers);
    createReadStream(compressed ? `${file}.br` : file).pipe(response);
  }
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    url: origin + below,
    origin,
    sent,
    published,
    close: () => new Promise((closed) => {
      server.close(closed);
      server.closeAllConnections();
    }),
  };
}
