// The files that somebody chooses or drops to open a lesson, as a list of [path, bytes]. Loaded when a lesson is opened.

// Larger files are no text of a lesson, and no folder of lessons holds more files.
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_FILES = 2000;

const isHidden = (path) => path.split('/').some((part) => part.startsWith('.') || part === 'node_modules');

async function read(files) {
  const wanted = files.filter(([path, file]) => !isHidden(path) && file.size <= MOST_BYTES).slice(0, MOST_FILES);
  const found = [];
  for (const [path, file] of wanted) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (new TextDecoder('latin1').decode(bytes.subarray(0, 4)) !== 'PK\x03\x04') found.push([path, bytes]);
    else for (const [inner, text] of await unzip(bytes)) found.push([wanted.length > 1 ? `${path}/${inner}` : inner, text]);
  }
  return found;
}

/** The files of a zip archive, by its central directory; the browser inflates. A zip bomb must not take the tab with it. */
async function unzip(bytes) {
  const view = new DataView(bytes.buffer);
  // The directory's end is the last of its signatures: only a comment may follow it.
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0) throw new Error('no directory');
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  let left = MOST_BYTES;
  const found = [];
  for (let n = 0; n < Math.min(count, MOST_FILES); n += 1) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Error('a broken directory');
    const [method, packed] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true)];
    const [name, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
    const path = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)).replaceAll('\\', '/');
    const local = view.getUint32(at + 42, true);
    at += 46 + name + extra + comment;
    if (path.endsWith('/') || isHidden(path) || path.startsWith('__MACOSX/')) continue;
    const begin = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const data = bytes.subarray(begin, begin + packed);
    const whole = method === 0 ? data : await inflate(data, left);
    left -= whole.length;
    found.push([path, whole]);
  }
  return found;
}

async function inflate(data, most) {
  const parts = [];
  let size = 0;
  const reader = new Blob([data]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) throw new Error('too much text');
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** What an <input type="file"> holds; the same files can be chosen again afterwards. */
export function chosen(input) {
  const files = [...input.files].map((file) => [file.webkitRelativePath || file.name, file]);
  input.value = '';
  return read(files);
}

/** What was dropped: files, and folders with all that is in them. To be called while the event is being handled. */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  const files = [];
  for (const entry of entries) await walk(entry, entry.name, files);
  return read(files);
}

async function walk(entry, path, files) {
  if (isHidden(path) || files.length >= MOST_FILES) return;
  if (entry.isFile) {
    files.push([path, await new Promise((found, failed) => entry.file(found, failed))]);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A folder is read a hundred entries at a time.
    const some = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (some.length === 0) return;
    for (const inner of some) await walk(inner, `${path}/${inner.name}`, files);
  }
}
