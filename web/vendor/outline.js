// The outline of a manifest: each document, its sections, and the named parts of its lists, by indentation alone, since a text in
// which somebody is typing is seldom whole YAML.

import { languages } from 'monaco-editor/editor';

const KEY = /^(\s*)((?:- +)*)("?[\w./-]+"?):(?:\s+(.*))?$/;

/** Teaches an editor's YAML its outline. */
export function outline() {
  languages.registerDocumentSymbolProvider('yaml', {
    displayName: 'YAML',
    provideDocumentSymbols: (model) => documents(model.getLinesContent()).map((lines) => symbol(lines)),
  });
}

/** The documents, each a list of [number, text] of its lines. */
function documents(lines) {
  const found = [[]];
  lines.forEach((text, index) => {
    if (/^---/.test(text)) found.push([]);
    else found.at(-1).push([index + 1, text]);
  });
  return found.filter((lines) => lines.some(([, text]) => KEY.test(text)));
}

function symbol(lines) {
  const value = (key) => lines.map(([, text]) => new RegExp(`^${key}:\\s+(\\S+)`).exec(text)?.[1]).find(Boolean) ?? '';
  const named = lines.map(([, text]) => /^ +name:\s+(\S+)/.exec(text)?.[1] ?? /name: ([\w.-]+)/.exec(text)?.[1]).find(Boolean) ?? '';
  const root = part(`${value('kind') || '?'} ${named}`.trim(), '', lines[0][0], languages.SymbolKind.Object, -1);
  const open = [root];
  for (const [number, text] of lines) {
    if (!text.trim() || text.trim().startsWith('#')) continue;
    const match = KEY.exec(text);
    const indent = text.search(/\S/);
    while (open.length > 1 && open.at(-1).indent >= indent + (match?.[2] ? 0.5 : 0)) open.pop();
    for (const each of open) each.range.endLineNumber = number;
    if (!match) continue;
    const [, , dashes, key, rest] = match;
    if (dashes) {
      const item = part(rest || key, rest ? key : '', number, languages.SymbolKind.Field, indent + 0.5);
      open.at(-1).children.push(item);
      open.push(item);
    }
    if (!rest || /^[|>]/.test(rest)) {
      const section = part(key, '', number, languages.SymbolKind.Module, indent + (dashes ? dashes.length : 0));
      open.at(-1).children.push(section);
      open.push(section);
    }
  }
  return root;
}

function part(name, detail, line, kind, indent) {
  const range = { startLineNumber: line, startColumn: 1, endLineNumber: line, endColumn: 1 };
  return { name, detail, kind, tags: [], range, selectionRange: { ...range }, children: [], indent };
}
