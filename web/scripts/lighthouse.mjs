// Lighthouse's judgement of the built site, desktop preset, files compressed as a host would send them. Fails where a category is below the
// bar. `cargo xtask lighthouse`, by hand: a loaded machine tells nothing about speed.
import lighthouse, { desktopConfig } from 'lighthouse';

import { launch } from '../e2e/support/chromium.mjs';
import { serve } from '../e2e/support/site.mjs';

const BAR = 0.95;
const PORT = 9333;

const site = await serve();
const browser = await launch({ args: [`--remote-debugging-port=${PORT}`] });
let below = 0;
try {
  for (const hash of ['', '#/cours/premier-pod', '#/bac-a-sable', '#/progression']) {
    const { lhr } = await lighthouse(site.url + hash, { port: PORT, logLevel: 'error', output: 'json' }, desktopConfig);
    const scores = Object.values(lhr.categories).map(({ title, score }) => `${title} ${Math.round(score * 100)}`);
    const figure = (id) => lhr.audits[id]?.displayValue ?? '-';
    console.log(`${hash || 'home'}: ${scores.join(', ')} (FCP ${figure('first-contentful-paint')}, LCP ${figure('largest-contentful-paint')}, TBT ${figure('total-blocking-time')}, CLS ${figure('cumulative-layout-shift')})`);
    for (const { title, score, auditRefs } of Object.values(lhr.categories)) {
      if (score >= BAR) continue;
      below += 1;
      const why = auditRefs.map(({ id }) => lhr.audits[id]).filter((audit) => audit.score !== null && audit.score < 0.9);
      console.log(`  ${title} is below ${BAR * 100}:\n${why.map(({ id, title, displayValue }) => `    ${id}: ${title} ${displayValue ?? ''}`).join('\n')}`);
    }
  }
} finally {
  await browser.close();
  await site.close();
}
if (below > 0) process.exit(1);
