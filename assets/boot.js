// Starts the page's program. A browser that misses something the lab needs keeps the explanation of index.html instead.
const needed = [
  () => typeof WebAssembly === 'object' && typeof WebAssembly.instantiateStreaming === 'function',
  () => typeof Worker === 'function' && typeof ResizeObserver === 'function',
  () => typeof queueMicrotask === 'function' && typeof BigInt64Array === 'function',
  () => CSS.supports('inset', '0') && CSS.supports('selector(:focus-visible)'),
  () => typeof Array.prototype.at === 'function' && typeof HTMLDialogElement === 'function',
];
const works = (test) => {
  try {
    return test();
  } catch {
    return false;
  }
};

if (needed.every(works)) {
  document.documentElement.dataset.browser = 'ok';
  const { default: init } = await import('./page.js');
  await init({ module_or_path: new URL('page_bg.wasm', document.baseURI) });
  await import('./offline.js');
} else {
  document.documentElement.dataset.browser = 'old';
}
