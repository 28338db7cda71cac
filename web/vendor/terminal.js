// Our terminal emulator: xterm.js and the add-on that fits it to its panel.
import '@xterm/xterm/css/xterm.css';
export { Terminal } from '@xterm/xterm';
export { FitAddon } from '@xterm/addon-fit';

/** Makes names of objects links. `ask(line)` gives a promise of a text: for each name its letter, length, kind, namespace and
 * name between tabs; `open(kind, namespace, name)` is called for a click. */
export function links(terminal, ask, open) {
  terminal.registerLinkProvider({
    async provideLinks(y, found) {
      const line = terminal.buffer.active.getLine(y - 1)?.translateToString(true);
      const names = line && (await ask(line));
      if (!names) return found(undefined);
      found(
        names
          .trimEnd()
          .split('\n')
          .map((name) => name.split('\t'))
          .map(([start, length, kind, namespace, name]) => ({
            range: { start: { x: +start + 1, y }, end: { x: +start + +length, y } },
            text: name,
            activate: () => open(kind, namespace, name),
          })),
      );
    },
  });
}
