// Drives a usual session on an engine that notes which of its functions it enters, and writes their numbers. `cargo xtask profile`.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { launch } from '../e2e/support/chromium.mjs';
import { Lab } from '../e2e/support/lab.mjs';
import { serve } from '../e2e/support/site.mjs';

const [noting, entered] = process.argv.slice(2);
if (!entered) throw new Error('usage: node profile.mjs ENGINE OUT');

const manifests = `apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web}
spec:
  containers:
  - name: web
    image: nginx:1.27
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: front
spec:
  replicas: 3
  selector: {matchLabels: {app: front}}
  template:
    metadata: {labels: {app: front}}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports: [{containerPort: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: front}
spec:
  selector: {app: front}
  ports: [{port: 80}]
`;

/** What everybody types in the first lessons. */
const commands = [
  'kubectl get pods',
  'kubectl get pods -o wide --show-labels',
  'kubectl describe pod web',
  'kubectl logs web',
  'kubectl scale deployment front --replicas=5',
  'kubectl delete pod web',
  'kubectl set image deployment/front web=nginx:1.28',
  'kubectl rollout status deployment/front',
  'kubectl rollout history deployment/front',
  'kubectl rollout undo deployment/front',
  'kubectl get all',
  'kubectl get pod -o yaml | head',
  'ls',
  'kubectl apply -f .',
  'kubectl exec deploy/front -- ls /',
  'kubectl run seul --image=nginx:1.27',
  'kubectl get nodes',
  'kubectl create deployment autre --image=nginx:1.27',
  'kubectl expose deployment autre --port=80',
  'kubectl run client --rm -i --image=curlimages/curl:8.16.0 --restart=Never -- curl -s front',
];

const site = await serve();
const dist = process.env.TIMONIER_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url));
const boot = await readFile(path.join(dist, 'engine-boot.js'), 'utf8');
site.published.set('engine_bg.wasm', await readFile(noting));
site.published.set('engine-boot.js', boot.replace('first = await init(', 'self.noting = first = await init('));
const browser = await launch();
const numbers = new Set();
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'fr-FR', serviceWorkers: 'block' });
  const page = await context.newPage();
  const note = async () => {
    for (const worker of page.workers()) {
      const found = await worker.evaluate(() => {
        const value = (name) => self.noting[name].value;
        return Object.keys(self.noting ?? {}).filter((name) => name.startsWith('$entered') && value(name) === 1).map((name) => Number(name.slice(8)));
      });
      for (const number of found) numbers.add(number);
    }
  };
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  await lab.write(manifests);
  await lab.apply();
  await lab.run('kubectl wait --for=condition=Available deployment/front');
  for (const name of [/Objets/, /Trafic/, /Sous le capot/, /Nœuds/]) {
    await page.getByRole('tab', { name }).click();
    await page.waitForTimeout(500);
  }
  for (const command of commands) await lab.run(command);
  await note();
  await page.goto('about:blank');
  await Lab.open(page, site.url, '#/cours/premier-pod/un-pod');
  await page.reload();
  await lab.ready();
  await lab.write(manifests.split('---')[0]);
  await lab.apply();
  await lab.run('kubectl wait --for=condition=Ready pod/web');
  await note();
} finally {
  await browser.close();
  await site.close();
}
await writeFile(entered, [...numbers].sort((a, b) => a - b).join('\n'));
