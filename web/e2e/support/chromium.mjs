// Headless Chromium through playwright-core, with everything watched that a page must never do.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

import { chromium } from 'playwright-core';

const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Starts the browser that `cargo xtask` found (`TIMONIER_CHROMIUM`). Chromium refuses its sandbox to root. Its contexts keep nothing for visits
 * without a network, unless one asks for `serviceWorkers: 'allow'`: fetching the whole site behind each test would slow all of them.
 */
export async function launch(options = {}) {
  const executablePath = process.env.TIMONIER_CHROMIUM ?? ['/usr/bin/chromium'].find((path) => existsSync(path));
  const root = process.getuid?.() === 0;
  const { args = [], ...rest } = options;
  const browser = await chromium.launch({ executablePath, headless: true, args: [...quiet, ...(root ? ['--no-sandbox'] : []), ...args], ...rest });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = (options) => newContext({ serviceWorkers: 'block', ...options });
  return browser;
}

/**
 * Watches a context, its pages and their workers: requests to another origin, errors, refused content.
 * @returns {{ faults: string[], check: () => void }} `check` fails with all that went wrong
 */
export function guard(context, origin) {
  const faults = [];
  const ours = (url) => url.startsWith(origin) || url.startsWith('data:') || url.startsWith('blob:') || url === 'about:blank';
  context.on('request', (request) => {
    if (!ours(request.url())) faults.push(`request to another origin: ${request.url()}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} for ${response.url()}`);
  });
  context.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // A page that is left or reloaded cancels what it still waited for.
    if (!why.includes('ERR_ABORTED')) faults.push(`failed request: ${request.url()} ${why}`);
  });
  context.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text().slice(0, 500)}`);
  });
  context.on('weberror', (error) => faults.push(`error: ${String(error.error().stack ?? error.error()).slice(0, 800)}`));
  return { faults, check: () => assert.deepEqual(faults, []) };
}
