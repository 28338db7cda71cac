// Takes the pictures of README.md from the running lab. `cargo xtask screenshots`.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { guard, launch } from '../e2e/support/chromium.mjs';
import { Lab } from '../e2e/support/lab.mjs';
import { serve } from '../e2e/support/site.mjs';

const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));
await mkdir(images, { recursive: true });

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
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme, locale: 'fr-FR' });
    const watched = guard(context, site.origin);
    const page = await context.newPage();
    const shoot = (name) => page.screenshot({ path: path.join(images, colorScheme === 'dark' ? `${name}-dark.png` : `${name}.png`) });

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
  console.log(`pictures written to ${path.relative(process.cwd(), images)}`);
} finally {
  await browser.close();
  await site.close();
}
