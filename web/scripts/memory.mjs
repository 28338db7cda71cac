// What one session costs in memory: a Deployment of 300 pods is created, rolled to another version, broken and mended, in the
// running lab, while the tab's process is measured. Fails above the budget. `cargo xtask memory`.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { guard, launch } from '../e2e/support/chromium.mjs';
import { Lab } from '../e2e/support/lab.mjs';
import { serve } from '../e2e/support/site.mjs';

const BUDGET_MB = 400;
const PODS = 300;

/** Memory that belongs to one process alone, in MB: what a task manager shows for a tab. */
function footprint(pid) {
  if (process.platform === 'linux') {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const kb = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0);
    return (kb('Anonymous') + kb('Swap')) / 1024;
  }
  if (process.platform === 'darwin') {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
  }
  throw new Error('a process can be measured on Linux and macOS only: run this script there');
}

const site = await serve();
const browser = await launch();
try {
  const session = await browser.newBrowserCDPSession();
  const renderers = async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  };
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const watched = guard(context, site.origin);
  const page = await context.newPage();
  let peak = 0;
  const measure = async (what) => {
    const pids = await renderers();
    const mb = Math.max(...pids.map(footprint));
    peak = Math.max(peak, mb);
    if (what) console.log(`${what.padEnd(44)} ${mb.toFixed(0).padStart(5)} MB`);
  };
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await measure('the sandbox, just opened');
  const timer = setInterval(() => measure().catch(() => {}), 1000);
  await page.getByRole('button', { name: /vingt fois plus vite/i }).click();
  const settle = { timeout: 300_000 };
  await lab.run(`kubectl create deployment web --image=nginx:1.27 --replicas=${PODS}`, settle);
  await lab.run('kubectl rollout status deployment/web --timeout=600s | tail -n 1', settle);
  await measure(`${PODS} pods run`);
  await lab.run('kubectl set image deployment/web nginx=nginx:1.28', settle);
  await lab.run('kubectl rollout status deployment/web --timeout=900s | tail -n 1', settle);
  await measure('all rolled to another version');
  await lab.run('kubectl set image deployment/web nginx=nginx:absent', settle);
  await lab.run('sleep 120', settle);
  await measure('two minutes of images that cannot be pulled');
  await lab.run('kubectl rollout undo deployment/web', settle);
  const end = await lab.run('kubectl rollout status deployment/web --timeout=900s | tail -n 1', settle);
  if (!end.includes('successfully rolled out')) throw new Error(`the lab did not settle:\n${end}`);
  await measure('mended');
  clearInterval(timer);
  watched.check();
  console.log(`${'peak'.padEnd(44)} ${peak.toFixed(0).padStart(5)} MB, the budget is ${BUDGET_MB} MB`);
  if (peak > BUDGET_MB) process.exitCode = 1;
} finally {
  await browser.close();
  await site.close();
}
