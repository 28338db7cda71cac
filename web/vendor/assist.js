// Completion and hovering of the YAML editor. The engine knows the schema and answers; here its answers become Monaco's.
//
// `ask(what, text, line, letter)` gives a promise: of [start, [[label, insert, detail, rank, about], ...]] for 'suggest', of
// [title, words, start, end] or null for 'hover', of a text for 'about' (whose line is the description's) and for 'format'.

import { editor, KeyCode, KeyMod, languages } from 'monaco-editor/editor';
import { outline } from './outline.js';

const { CompletionItemKind, CompletionItemInsertTextRule, registerCompletionItemProvider, registerHoverProvider } = languages;

/** Teaches an editor's YAML. `snippets` gives a promise of { name: { description, body } }. */
export function assist(ask, snippets) {
  let all;
  outline();
  // Monaco's own key for it on Linux opens the browser's tools.
  editor.addKeybindingRule({ keybinding: KeyMod.Shift | KeyMod.Alt | KeyCode.KeyF, command: 'editor.action.formatDocument' });
  languages.registerDocumentFormattingEditProvider('yaml', {
    async provideDocumentFormattingEdits(model) {
      const text = await ask('format', model.getValue(), 0, 0);
      return text === null || text === model.getValue() ? [] : [{ range: model.getFullModelRange(), text }];
    },
  });
  registerCompletionItemProvider('yaml', {
    triggerCharacters: [' ', '\n', '-'],
    async provideCompletionItems(model, position) {
      const line = position.lineNumber;
      // Nothing while the engine is away.
      const [start, found] = (await ask('suggest', model.getValue(), line - 1, position.column - 1)) ?? [position.column - 1, []];
      const range = { startLineNumber: line, endLineNumber: line, startColumn: start + 1, endColumn: position.column };
      const suggestions = found.map(([label, insert, detail, rank, about]) => ({
        label,
        detail,
        about,
        range,
        kind: insert.includes('$0') ? CompletionItemKind.Property : CompletionItemKind.Value,
        insertText: insert,
        insertTextRules: CompletionItemInsertTextRule.InsertAsSnippet,
        sortText: `${rank}${label}`,
        // After a list or an object begins, what may stand in it is offered at once.
        command: /: \$0$|\n.*\$0$/.test(insert) ? { id: 'editor.action.triggerSuggest', title: '' } : undefined,
      }));
      const written = model.getLineContent(line).slice(0, position.column - 1);
      if (/^[\w-]*$/.test(written)) {
        const whole = { ...range, startColumn: 1 };
        for (const [label, { description, body }] of Object.entries(await (all ??= snippets()))) {
          suggestions.push({
            label,
            detail: description,
            documentation: { value: `\`\`\`yaml\n${plain(body)}\n\`\`\`` },
            kind: CompletionItemKind.Snippet,
            insertText: body,
            insertTextRules: CompletionItemInsertTextRule.InsertAsSnippet,
            sortText: `2${label}`,
            range: whole,
          });
        }
      }
      return { suggestions };
    },
    async resolveCompletionItem(item) {
      if (item.about >= 0 && !item.documentation) item.documentation = await ask('about', '', item.about, 0);
      return item;
    },
  });
  registerHoverProvider('yaml', {
    async provideHover(model, position) {
      const line = position.lineNumber;
      const found = await ask('hover', model.getValue(), line - 1, position.column - 1);
      if (!found) return null;
      const [title, words, start, end] = found;
      return {
        range: { startLineNumber: line, endLineNumber: line, startColumn: start + 1, endColumn: end + 1 },
        contents: [{ value: `**${title}**` }, { value: escaped(words) }],
      };
    },
  });
}

/** A snippet's text as it is written. */
const plain = (body) => body.replace(/\$\{\d+:([^}]*)\}/g, '$1').replace(/\$\{\d+\|([^,|]*)[^}]*\}/g, '$1').replace(/\$\d/g, '');

/** Kubernetes' descriptions are plain text: nothing in them is markup. */
const escaped = (words) => words.replace(/[\\`*_{}[\]()#+\-.!<>|~]/g, '\\$&').replace(/\n/g, '\n\n');
