// The lab starts in an unmodified Firefox and runs a command. (playwright only drives a Firefox of its own.)
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import puppeteer from 'puppeteer-core';

import { serve } from './support/site.mjs';

let site, browser;

before(async () => {
  site = await serve();
  browser = await puppeteer.launch({ browser: 'firefox', executablePath: process.env.TIMONIER_FIREFOX ?? '/usr/bin/firefox-esr', headless: true });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

test('the sandbox runs kubectl in Firefox', async () => {
  const page = await browser.newPage();
  const faults = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(site.origin) && !/^(data|blob|about):/.test(request.url())) faults.push(request.url());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.setViewport({ width: 1440, height: 900 });
  await page.goto(`${site.url}#/bac-a-sable`);
  const shows = (words) => page.waitForFunction(
    (words) => [...document.querySelectorAll('.xterm-rows > div')].some((row) => row.textContent.replace(/\u00a0/g, ' ').includes(words)),
    { timeout: 60_000 },
    words,
  );
  await shows('$');
  await page.click('.xterm');
  await page.keyboard.type('kubectl get nodes\n');
  await shows('worker-3');
  await page.waitForSelector('.monaco-editor', { timeout: 60_000 });
  assert.deepEqual(faults, []);
});
