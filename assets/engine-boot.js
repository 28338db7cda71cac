// Starts the engine's program in its worker, and tells the page when it traps: a promise that fails does so silently.
const trapped = (reason) => self.postMessage(`trap: ${(reason && reason.stack) || reason}`);
self.addEventListener('error', (event) => trapped(event.error || event.message));
self.addEventListener('unhandledrejection', (event) => trapped(event.reason));

const { default: init } = await import('./engine.js');
await init({ module_or_path: new URL('engine_bg.wasm', self.location.href) });
