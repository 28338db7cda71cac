// Takes pictures of the running lab. `cargo xtask screenshots`: those of README.md, into docs/images. `cargo xtask screenshots views`: every
// view in every state, theme and width, into target/screenshots, to be looked at.
//
//   node scripts/screenshots.mjs [views [STATE...]]
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { guard, launch } from '../e2e/support/chromium.mjs';
import { Lab } from '../e2e/support/lab.mjs';
import { serve } from '../e2e/support/site.mjs';
import { states } from './states.mjs';

const [what, ...only] = process.argv.slice(2);
const folder = fileURLToPath(new URL(what === 'views' ? '../../target/screenshots/' : '../../docs/images/', import.meta.url));
await mkdir(folder, { recursive: true });

const manifest = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 6
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: nginx
          image: nginx:1.27
          ports:
            - containerPort: 80
`;

const site = await serve();
const browser = await launch();
try {
  if (what === 'views') await ofViews();
  else await ofReadme();
  console.log(`pictures written to ${path.relative(process.cwd(), folder)}`);
} finally {
  await browser.close();
  await site.close();
}

async function ofReadme() {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme, locale: 'fr-FR' });
    const watched = guard(context, site.origin);
    const page = await context.newPage();
    const shoot = (name) => page.screenshot({ path: path.join(folder, colorScheme === 'dark' ? `${name}-dark.png` : `${name}.png`) });

    await page.goto(site.url);
    await page.locator('.lessons .card').first().waitFor();
    await shoot('home');

    await page.locator('.lessons .card a').nth(1).click();
    const lab = new Lab(page);
    await lab.ready();
    await lab.write(manifest);
    await lab.apply();
    await lab.run('kubectl rollout status deployment/web');
    await lab.run('kubectl expose deployment web --port=80');
    // In the middle of a rollout, both versions are there to be seen.
    await lab.run('kubectl set image deployment/web nginx=nginx:1.28');
    await page.waitForTimeout(2500);
    await lab.run('kubectl get pods -o wide');
    await shoot('lab');
    watched.check();
    await context.close();
  }
}

/** Each state is set up once; then it stands still and is seen through every view, at every width, in both themes. */
async function ofViews() {
  const sizes = [[1440, 900], [1024, 768], [390, 844]];
  for (const state of states.filter(({ name }) => only.length === 0 || only.includes(name))) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
    const watched = guard(context, site.origin);
    const page = await context.newPage();
    const lab = await Lab.open(page, site.url, '#/bac-a-sable');
    await state.prepare(lab, page);
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      const bar = page.getByRole('navigation', { name: 'Panneaux du laboratoire' }).getByRole('button', { name: 'Cluster' });
      if (await bar.isVisible()) await bar.click();
      for (const [place, view] of ['noeuds', 'objets', 'trafic', 'capot'].entries()) {
        await page.getByRole('tab').nth(place).click();
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme });
          await page.waitForTimeout(place === 0 ? 900 : 700);
          await page.screenshot({ path: path.join(folder, `${state.name}-${view}-${width}-${colorScheme}.png`) });
        }
      }
    }
    watched.check();
    await context.close();
  }
}
