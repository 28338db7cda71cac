// The work folder as a zip: written and read. Loaded when the learner exports or imports it.
import { chosen } from './lesson-files.js';

const TABLE = Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

const crc = (bytes) => (bytes.reduce((sum, byte) => TABLE[(sum ^ byte) & 255] ^ (sum >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;

/** Little-endian numbers, as [bytes, value]. */
function numbers(...fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return new Uint8Array(view.buffer);
}

/** A zip of texts, stored as they are: manifests are small. */
export function zip(files) {
  const [parts, directory] = [[], []];
  let offset = 0;
  for (const [path, text] of files) {
    const [name, data] = [new TextEncoder().encode(path), new TextEncoder().encode(text)];
    // Version 2.0, names in UTF-8, stored, 1 January 1980.
    const common = numbers([2, 20], [2, 0x800], [2, 0], [2, 0], [2, 0x21], [4, crc(data)], [4, data.length], [4, data.length], [2, name.length], [2, 0]);
    parts.push(numbers([4, 0x04034b50]), common, name, data);
    directory.push(numbers([4, 0x02014b50], [2, 20]), common, numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), name);
    offset += 4 + common.length + name.length + data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = numbers([4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, offset], [2, 0]);
  return new Blob([...parts, ...directory, end], { type: 'application/zip' });
}

/** Downloads the files as `name`. */
export function save(name, files) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(zip(files));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Lets the learner choose files or a zip: a promise of [[path, text], ...]; without those that are no text. */
export function load() {
  return new Promise((found) => {
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true, accept: '.zip,.yaml,.yml,.json,.txt,.sh' });
    input.addEventListener('change', async () => {
      const texts = [];
      for (const [path, bytes] of await chosen(input).catch(() => [])) {
        try {
          texts.push([path, new TextDecoder('utf-8', { fatal: true }).decode(bytes)]);
        } catch {
          // No text: the work folder holds manifests and scripts.
        }
      }
      found(texts);
    });
    input.addEventListener('cancel', () => found([]));
    input.click();
  });
}
