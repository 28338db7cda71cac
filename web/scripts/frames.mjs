// What a frame costs, and how soon a key is painted. `cargo xtask frames` builds the lab and runs this by hand; it prints and judges:
// scripting per frame at the median, with 300 Pods and traffic, through each view: under 4 ms;
// from a key press in the terminal to its paint, while 1,000 Pods are rolled out: within 50 ms;
// from a key press on the timeline to the sight of that moment, with 300 Pods of which all were replaced: within 300 ms.
import { launch } from '../e2e/support/chromium.mjs';
import { Lab } from '../e2e/support/lab.mjs';
import { serve } from '../e2e/support/site.mjs';
import { many, nodes } from './states.mjs';

const FRAME_MS = 4;
const KEY_MS = 50;
const SEEK_MS = 300;
/** What DevTools calls scripting: everything that runs the page's programs, and what clears up behind them. */
const SCRIPTING = new Set(['FunctionCall', 'RunMicrotasks', 'FireAnimationFrame', 'TimerFire', 'FireIdleCallback', 'EventDispatch', 'HandlePostMessage', 'MinorGC', 'MajorGC']);
/** What the counting of frames costs itself, in milliseconds: a frame that costs no more has nothing of ours in it. */
const NOTHING_MS = 0.3;
const faults = [];
const site = await serve();
const browser = await launch();
try {
  await frames();
  await seeks();
  await keys();
} finally {
  await browser.close();
  await site.close();
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;

async function open() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
  const page = await context.newPage();
  return { context, page, lab: await Lab.open(page, site.url, '#/bac-a-sable') };
}

/** The value that a share of the others does not exceed. */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

async function frames() {
  const { context, page, lab } = await open();
  await lab.run(nodes(3), { timeout: 90_000 });
  await many(lab, page, 300);
  await lab.run('lab trafic http://web 20 100000 --depuis internet');
  await page.getByRole('button', { name: /vitesse normale/i }).click();
  // somebody asks all the time, and one rollout follows the other, so that something moves in every frame that is measured
  await lab.panel('Terminal').locator('.xterm').click();
  await page.keyboard.type('kubectl run client --image=busybox:1.37 -- sh -c "while true; do wget -qO- http://web; sleep 0.1; done"; while true; do kubectl rollout restart deployment/web; kubectl rollout status deployment/web --timeout=900s >/dev/null; done\n');
  await page.waitForTimeout(3000);
  // every frame of the screen is marked, whether the page asked for it or not: a page that does nothing in a frame must not look slower
  await page.evaluate(() => {
    const mark = () => {
      performance.mark('frame');
      requestAnimationFrame(mark);
    };
    mark();
  });
  for (const [place, name] of ['Nœuds', 'Objets', 'Trafic', 'Sous le capot'].entries()) {
    await page.getByRole('tab').nth(place).click();
    await page.waitForTimeout(1000);
    await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'blink.user_timing'] });
    await page.waitForTimeout(10_000);
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    const all = scripting(traceEvents);
    const busy = all.filter(({ took }) => took > NOTHING_MS);
    const median = quantile(busy.map(({ took }) => took), 0.5);
    const told = (of) => [0.5, 0.75, 0.95].map((share) => quantile(of, share).toFixed(1)).join(' / ');
    const sum = (of) => of.reduce((sum, cost) => sum + cost, 0).toFixed(0);
    // the processor's time is what a busy machine does not change
    console.log(`${name}: ${busy.length} of ${all.length} frames ran something. Scripting per frame, median / 75th / 95th percentile: ${told(busy.map(({ took }) => took))} ms, of the processor's time ${told(busy.map(({ cpu }) => cpu))} ms; in 10 s ${sum(all.map(({ took }) => took))} ms, ${sum(all.map(({ cpu }) => cpu))} ms`);
    if (median > FRAME_MS) faults.push(`${name}: ${median.toFixed(2)} ms of scripting per frame, more than ${FRAME_MS}`);
  }
  await context.close();
}

async function seeks() {
  const { context, page, lab } = await open();
  await lab.run(nodes(3), { timeout: 90_000 });
  await many(lab, page, 300);
  await lab.run('kubectl rollout restart deployment/web');
  await lab.run('kubectl rollout status deployment/web --timeout=900s', { timeout: 240_000 });
  const took = [];
  for (const key of ['PageUp', 'PageUp', 'PageUp', 'Home', 'PageDown', 'PageDown', 'End', 'PageUp', 'ArrowLeft', 'ArrowRight']) {
    took.push(await page.evaluate((key) => new Promise((done) => {
      const slider = document.querySelector('[role=slider]');
      const begin = performance.now();
      // the engine says where to, then the clock of what is shown comes there
      const arrived = () => {
        const [shown, wanted] = [document.querySelector('.clock').innerText, slider.getAttribute('aria-valuetext')];
        return moved && wanted.startsWith(shown);
      };
      let moved = false;
      new MutationObserver(() => (moved = true)).observe(slider, { attributes: true, attributeFilter: ['aria-valuetext'] });
      const look = () => (arrived() ? requestAnimationFrame(() => done(performance.now() - begin)) : requestAnimationFrame(look));
      look();
      slider.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    }), key));
    await page.waitForTimeout(400);
  }
  const most = Math.max(...took);
  console.log(`seeks with 300 Pods: seen after ${quantile(took, 0.5).toFixed(0)} ms at the median, ${most.toFixed(0)} ms at most`);
  if (most > SEEK_MS) faults.push(`a seek took ${most.toFixed(0)} ms, more than ${SEEK_MS}`);
  await context.close();
}

/** Milliseconds of scripting between one frame of the screen and the next, on the page's main thread. */
function scripting(events) {
  const starts = events.filter((event) => event.name === 'frame' && event.cat.includes('user_timing')).sort((a, b) => a.ts - b.ts);
  const thread = starts[0]?.tid;
  const scripts = events.filter((event) => event.tid === thread && event.ph === 'X' && SCRIPTING.has(event.name)).sort((a, b) => a.ts - b.ts);
  const costs = starts.slice(1).map(() => ({ took: 0, cpu: 0 }));
  let [until, frame] = [0, -1];
  for (const { ts, dur = 0, tdur = 0 } of scripts) {
    const end = ts + dur;
    const fresh = Math.max(0, end - Math.max(ts, until));
    until = Math.max(until, end);
    while (frame + 1 < starts.length && starts[frame + 1].ts <= ts) frame += 1;
    if (frame < 0 || frame >= costs.length) continue;
    costs[frame].took += fresh / 1000;
    // what lies within another is counted with it
    if (fresh === dur) costs[frame].cpu += tdur / 1000;
  }
  return costs;
}

async function keys() {
  const { context, page, lab } = await open();
  await lab.run(nodes(9), { timeout: 90_000 });
  await many(lab, page, 1000);
  await lab.run('kubectl set image deployment/web nginx=nginx:1.28');
  await page.evaluate(() => {
    window.keys = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.name === 'keydown') window.keys.push(entry.duration);
    }).observe({ type: 'event', durationThreshold: 16 });
  });
  await lab.panel('Terminal').locator('.xterm').click();
  const typed = 'echo une ligne tapee pendant le deploiement';
  for (const key of typed) {
    await page.keyboard.press(key === ' ' ? 'Space' : key);
    await page.waitForTimeout(120);
  }
  const slow = await page.evaluate(() => window.keys);
  // what took less than 16 ms is not reported
  const all = [...slow, ...new Array(Math.max(0, typed.length - slow.length)).fill(16)];
  console.log(`keys during a rollout of 1,000 Pods: painted after ${quantile(all, 0.5)} ms at the median, ${quantile(all, 0.95)} ms at the 95th percentile, ${Math.max(...all)} ms at most`);
  if (quantile(all, 0.95) > KEY_MS) faults.push(`a key took ${quantile(all, 0.95)} ms, more than ${KEY_MS}`);
  await context.close();
}
