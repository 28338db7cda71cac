// The lab as a learner meets it: its panels by their names, its terminal by what is on its screen.
import assert from 'node:assert/strict';

const PROMPT = /\$ ?$/;

/** One open lab in a page of playwright. */
export class Lab {
  constructor(page) {
    this.page = page;
  }

  /** Opens an address of the site (`hash`) and waits until the cluster runs and the terminal has its prompt. */
  static async open(page, url, hash) {
    await page.goto(url + hash);
    const lab = new Lab(page);
    await lab.ready();
    return lab;
  }

  async ready() {
    await this.panel('Terminal').locator('.xterm-rows').waitFor();
    await this.until(async () => PROMPT.test(await this.lastLine()), 'a prompt in the terminal');
  }

  panel(name) {
    return this.page.getByRole('region', { name, exact: true });
  }

  /** What the terminal shows now, without blank ends. */
  async screen() {
    const rows = await this.panel('Terminal').locator('.xterm-rows > div').allInnerTexts();
    return rows.map((row) => row.replace(/\u00a0/g, ' ').trimEnd()).join('\n').replace(/^\n+/, '').trimEnd();
  }

  async lastLine() {
    return (await this.screen()).split('\n').at(-1);
  }

  /** Types a line and waits for the prompt to come back; answers with what the terminal shows then. */
  async run(line, { timeout = 60_000 } = {}) {
    await this.panel('Terminal').locator('.xterm').click();
    await this.page.keyboard.type('clear\n');
    await this.until(async () => (await this.screen()).split('\n').length === 1, 'an empty terminal');
    await this.page.keyboard.type(`${line}\n`);
    await this.until(
      async () => {
        const lines = (await this.screen()).split('\n');
        return lines.length > 1 && PROMPT.test(lines.at(-1));
      },
      `the end of \`${line}\``,
      timeout,
    );
    return this.screen();
  }

  /** Replaces the text of the open file by pasting: nothing is completed or indented on the way. */
  async write(text) {
    const editor = this.panel('Éditeur').locator('.monaco-editor').first();
    await editor.waitFor();
    await editor.click();
    await this.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await this.page.evaluate((text) => navigator.clipboard.writeText(text), text);
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.press('ControlOrMeta+v');
  }

  /** The whole text of the open file. */
  async text() {
    await this.panel('Éditeur').locator('.monaco-editor').first().click();
    await this.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.press('ControlOrMeta+c');
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** Types a line without waiting for its end. */
  async type(line) {
    await this.panel('Terminal').locator('.xterm').click();
    await this.page.keyboard.type(`${line}\n`);
  }

  async apply() {
    await this.panel('Éditeur').getByRole('button', { name: /^Appliquer/ }).click();
  }

  /** Waits until `test` holds. */
  async until(test, what, timeout = 30_000) {
    const end = Date.now() + timeout;
    for (;;) {
      if (await test()) return;
      if (Date.now() > end) {
        assert.fail(`waited ${timeout / 1000} s for ${what}; the terminal shows:\n${await this.screen().catch(() => '(nothing)')}`);
      }
      await this.page.waitForTimeout(100);
    }
  }
}
