// Starts the engine's program in its worker, and tells the page when it traps: a promise that fails does so silently.
const trapped = (reason) => self.postMessage(`trap: ${(reason && reason.stack) || reason}`);
self.addEventListener('error', (event) => trapped(event.error || event.message));
self.addEventListener('unhandledrejection', (event) => trapped(event.reason));

const { default: init } = await import('./engine.js');

// What a visit seldom calls is in a file of its own. The program waits for it in the middle of a step, which only a worker may.
let first;
self.fetchApart = () => {
  try {
    const request = new XMLHttpRequest();
    request.open('GET', new URL('engine_apart.wasm', self.location.href), false);
    request.responseType = 'arraybuffer';
    request.send();
    if (request.status !== 200) throw new Error(`status ${request.status}`);
    new WebAssembly.Instance(new WebAssembly.Module(request.response), { first });
  } catch (error) {
    throw new Error(`engine_apart.wasm: ${error.message}`);
  }
};
first = await init({ module_or_path: new URL('engine_bg.wasm', self.location.href) });
