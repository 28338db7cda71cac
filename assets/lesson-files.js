// The files that somebody chooses or drops to open a lesson, as a list of [path, bytes]. Loaded when a lesson is opened.

// Larger files are no text of a lesson, and no folder of lessons holds more files.
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_FILES = 2000;

const isHidden = (path) => path.split('/').some((part) => part.startsWith('.') || part === 'node_modules');

async function read(files) {
  const wanted = files.filter(([path, file]) => !isHidden(path) && file.size <= MOST_BYTES).slice(0, MOST_FILES);
  return Promise.all(wanted.map(async ([path, file]) => [path, new Uint8Array(await file.arrayBuffer())]));
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
