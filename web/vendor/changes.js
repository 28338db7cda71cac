// What applying a file would change, before it is applied: the objects as they are beside the objects as they would be.

import { editor } from 'monaco-editor/editor';

// Made once and kept: lists of the other editor (completion, outline) go on with services of the editor that was made last, and stay empty
// when that is disposed of.
let stage, shown;

/** Shows two texts side by side in a dialog. `words` are the page's: title, before, after, same, close, apply; `apply` is called when the
 * learner wants the changes made. */
export function changes(before, after, words, apply) {
  const dialog = document.createElement('dialog');
  dialog.className = 'changes';
  dialog.setAttribute('aria-label', words.title);
  const add = (parent, tag, text, className) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (className) made.className = className;
    parent.append(made);
    return made;
  };
  add(dialog, 'h2', words.title);
  const same = before === after;
  const models = [before, after].map((text) => editor.createModel(text, 'yaml'));
  if (same) add(dialog, 'p', words.same);
  else {
    const heads = add(dialog, 'div', '', 'changes-heads');
    add(heads, 'span', words.before);
    add(heads, 'span', words.after);
    stage ??= add(dialog, 'div', '', 'changes-stage');
    dialog.append(stage);
  }
  const foot = add(dialog, 'div', '', 'changes-foot');
  const close = add(foot, 'button', words.close, 'button');
  close.addEventListener('click', () => dialog.close());
  if (!same) {
    add(foot, 'button', words.apply, 'button primary').addEventListener('click', () => {
      dialog.close();
      apply();
    });
  }
  document.body.append(dialog);
  dialog.showModal();
  if (!same) {
    shown ??= editor.createDiffEditor(stage, {
      readOnly: true,
      originalEditable: false,
      automaticLayout: true,
      renderOverviewRuler: false,
      minimap: { enabled: false },
      scrollBeyondLastLine: false,
      hideUnchangedRegions: { enabled: true },
      useInlineViewWhenSpaceIsLimited: true,
      theme: 'timonier',
      fontSize: 13,
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font-mono'),
      originalAriaLabel: words.before,
      modifiedAriaLabel: words.after,
    });
    shown.setModel({ original: models[0], modified: models[1] });
  }
  dialog.addEventListener('close', () => {
    shown?.setModel(null);
    models.forEach((model) => model.dispose());
    dialog.remove();
  });
}
