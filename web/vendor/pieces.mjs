// Takes a module and all that it imports apart into pieces that are evaluated one after the other, so that the page can answer in between: the
// whole of Monaco would hold it up for a quarter of a second. The order in which modules are evaluated does not change.
import * as esbuild from 'esbuild';
import path from 'node:path';

/** Where the pieces are cut has no meaning; so many, and none holds the page up for long. */
const PIECES = 7;

/** The modules below these, in the order in which they are evaluated. */
function order(inputs, names) {
  const seen = new Set();
  const list = [];
  const visit = (name) => {
    if (seen.has(name) || !inputs[name]) return;
    seen.add(name);
    for (const { path, kind, external } of inputs[name].imports) if (kind === 'import-statement' && !external) visit(path);
    list.push(name);
  };
  names.forEach(visit);
  return list;
}

/** The pieces of what `entry` imports, each as the modules to import in turn. */
async function pieces(entry, options) {
  const { metafile } = await esbuild.build({ ...options, entryPoints: [entry], metafile: true, write: false, logLevel: 'silent' });
  const whole = order(metafile.inputs, [entry]);
  const used = new Map(Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs)).map(([name, { bytesInOutput }]) => [name, bytesInOutput]));
  const wanted = whole.filter((name) => used.get(name) > 0 && name.endsWith('.js'));
  // what imports itself in a circle must be entered where it was before
  let named = wanted;
  for (;;) {
    const now = order(metafile.inputs, [...named, entry]).filter((name) => wanted.includes(name));
    const wrong = now.findIndex((name, place) => name !== wanted[place]);
    if (wrong < 0) break;
    const fewer = named.filter((name) => name !== wanted[wrong]);
    if (fewer.length === named.length) throw new Error(`${wanted[wrong]} cannot be evaluated where it was`);
    named = fewer;
  }
  const most = named.reduce((sum, name) => sum + used.get(name), 0) / PIECES;
  const found = [[]];
  let size = 0;
  for (const name of named) {
    found.at(-1).push(name);
    size += used.get(name);
    if (size > most) [size] = [0, found.push([])];
  }
  return found.map((names) => names.map((name) => `import ${JSON.stringify(`./${name}`)};`).join('\n'));
}

/** A plugin of esbuild: `pieces:ENTRY` is a module that exports `load`, which gives a promise of ENTRY. */
export const inPieces = (options) => ({
  name: 'pieces',
  setup(build) {
    const found = new Map();
    build.onResolve({ filter: /^piece/ }, ({ path }) => ({ path, namespace: 'pieces' }));
    build.onLoad({ filter: /^pieces:/, namespace: 'pieces' }, async ({ path: name }) => {
      const entry = name.slice('pieces:'.length);
      const all = await pieces(entry, options);
      all.forEach((piece, place) => found.set(`piece:${place}`, piece));
      const steps = all.map((_, place) => `await import('piece:${place}'); await pause();`);
      return {
        contents: `const pause = () => new Promise((go) => (window.requestIdleCallback ? requestIdleCallback(go, { timeout: 200 }) : setTimeout(go)));
          export async function load() { ${steps.join('\n')} return import('./${entry}'); }`,
        resolveDir: options.absWorkingDir,
      };
    });
    build.onLoad({ filter: /^piece:/, namespace: 'pieces' }, ({ path: name }) => ({ contents: found.get(name), resolveDir: options.absWorkingDir }));
  },
});
