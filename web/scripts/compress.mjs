// Writes a .br and a .gz beside every file of a built site that gains by it, for hosts that serve them as they are.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

const dist = process.argv[2];
if (!dist) throw new Error('usage: node compress.mjs DIST');

const compressible = new Set(['.html', '.js', '.mjs', '.css', '.wasm', '.json', '.svg', '.txt', '.md', '.ttf', '.map', '.webmanifest', '.yaml', '.bin']);
const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);

const files = (await readdir(dist, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && compressible.has(path.extname(entry.name)))
  .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));

let before = 0;
let after = 0;
await Promise.all(files.map(async (file) => {
  const bytes = await readFile(file);
  const [br, gz] = await Promise.all([
    brotli(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
    gzip(bytes, { level: 9 }),
  ]);
  before += bytes.length;
  after += Math.min(bytes.length, br.length);
  if (br.length < bytes.length) await writeFile(`${file}.br`, br);
  if (gz.length < bytes.length) await writeFile(`${file}.gz`, gz);
}));
const kb = (bytes) => `${Math.round(bytes / 1000)} KB`;
console.log(`compressed ${files.length} files: ${kb(before)}, ${kb(after)} with brotli`);
