// The lab starts in an unmodified Firefox and runs a command. (playwright only drives a Firefox of its own.)
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import puppeteer from 'puppeteer-core';

import { serve } from './support/site.mjs';

let site, browser;

before(async () => {
  site = await serve();
  browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.TIMONIER_FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    // The window is the viewport: puppeteer's own way to set one sends commands that an extended-support Firefox lacks.
    defaultViewport: null,
    args: ['--width=1440', '--height=900'],
  });
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
  await page.goto(`${site.url}#/bac-a-sable`);
  // puppeteer's own waiting builds a function from text inside the page, which the Content-Security-Policy forbids.
  const until = async (condition, argument) => {
    for (const deadline = Date.now() + 60_000; !(await page.evaluate(condition, argument)); await setTimeout(100)) {
      assert.ok(Date.now() < deadline, `nothing came of ${condition} with ${argument}`);
    }
  };
  const shows = (words) => until(
    (words) => [...document.querySelectorAll('.xterm-rows > div')].some((row) => row.textContent.replace(/\u00a0/g, ' ').includes(words)),
    words,
  );
  await shows('$');
  await page.click('.xterm');
  await page.keyboard.type('kubectl get nodes\n');
  await shows('worker-3');
  await until((selector) => document.querySelector(selector) !== null, '.monaco-editor');
  assert.deepEqual(faults, []);
});
