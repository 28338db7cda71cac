// Our terminal emulator: xterm.js and the add-on that fits it to its panel.
import '@xterm/xterm/css/xterm.css';
export { Terminal } from '@xterm/xterm';
export { FitAddon } from '@xterm/addon-fit';
