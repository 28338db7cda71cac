// A learner does the first lesson by editor and terminal to its full mark, comes back to it, and breaks the YAML.
//
// What to write is read from the exercise itself, as a learner would: its names and images are drawn anew for each.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { guard, launch } from './support/chromium.mjs';
import { Lab } from './support/lab.mjs';
import { serve } from './support/site.mjs';

let site, browser, context, watched, page;

before(async () => {
  site = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.close();
});
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
  watched = guard(context, site.origin);
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  watched.check();
});

const pod = ({ name, container, image, port }) => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels:
    app: ${name}
spec:
  containers:
  - name: ${container}
    image: ${image}
${port ? `    ports:\n    - containerPort: ${port}\n` : ''}`;

/** What one of the exercise's sentences says, by a pattern with one group. */
async function told(lab, pattern) {
  const text = (await lab.panel('Leçon').getByRole('article').innerText()).replace(/[\u00a0\u202f]/g, ' ');
  const found = pattern.exec(text);
  assert.ok(found, `the exercise says ${pattern}:\n${text}`);
  return found[1];
}

async function mark(lab) {
  const text = await lab.panel('Leçon').locator('.mark strong').innerText();
  const [points, max] = text.split('/').map((part) => Number(part.trim()));
  return { points, max };
}

async function fullMark(lab) {
  await lab.until(async () => {
    const { points, max } = await mark(lab);
    return max > 0 && points === max;
  }, 'the full mark', 90_000);
  await lab.panel('Leçon').getByText('Bravo').waitFor();
}

test('the first exercise: a Pod from the editor, kept over a reload, and a fault that is marked', async () => {
  const lab = await Lab.open(page, site.url, '#/cours/premier-pod/un-pod');
  assert.equal((await mark(lab)).points, 0);
  const wanted = {
    name: await told(lab, /s.appelle (\S+) et porte/),
    container: await told(lab, /conteneur s.appelle (\S+) et utilise/),
    image: await told(lab, /utilise l.image (\S+?)\s*;/),
    port: await told(lab, /annonce le port (\d+)/),
  };
  await lab.write(pod(wanted));
  await lab.apply();
  await fullMark(lab);
  assert.match(await lab.run('kubectl get pods'), new RegExp(`${wanted.name} +1/1 +Running`));
  const uid = (await lab.run(`kubectl get pod ${wanted.name} -o jsonpath='{.metadata.uid}{"\\n"}'`)).split('\n').at(-2);
  assert.match(uid, /^[0-9a-f-]{36}$/);

  await page.reload();
  await lab.ready();
  await fullMark(lab);
  const again = await lab.run(`kubectl get pod ${wanted.name} -o jsonpath='{.metadata.uid}{"\\n"}'`);
  assert.equal(again.split('\n').at(-2), uid, 'the very same Pod is back');
  const editor = lab.panel('Éditeur');
  await editor.locator('.monaco-editor .view-lines').waitFor();
  await lab.until(async () => (await editor.locator('.view-lines').innerText()).includes(wanted.container), 'the kept file');

  await lab.write(pod({ ...wanted, image: '' }).replace('spec:', 'spec: [oups'));
  await editor.locator('.squiggly-error').first().waitFor();
  await editor.getByText(/^\d+ problèmes?$/).waitFor();
  await lab.write(pod(wanted).replace('image:', 'imagee:'));
  await lab.until(async () => (await editor.innerText()).includes('imagee') && (await editor.locator('.squiggly-error').count()) > 0, 'the marker of an unknown field');
  await lab.write(pod(wanted));
  await editor.getByText('Aucun problème').waitFor();
});

test('the second exercise: two faults are found with kubectl and mended', async () => {
  const lab = await Lab.open(page, site.url, '#/cours/premier-pod/reparer-un-pod');
  const name = await told(lab, /la page (\S+) de la coopérative/);
  const good = await told(lab, /La page est dans l.image ([^\s»]+?)\.? »/);
  assert.match(await lab.run(`kubectl apply -f ${name}.yaml`), /error/i);
  const wrong = /image\w*: (\S+)/.exec(await lab.run(`cat ${name}.yaml | grep :`)) ?? /: (\S+:\S+)$/m.exec(await lab.screen());
  assert.ok(wrong, 'the file names an image');
  await lab.write(pod({ name, container: 'web', image: wrong[1] }));
  await lab.apply();
  await lab.until(async () => /ErrImagePull|ImagePullBackOff/.test(await lab.run('kubectl get pods')), 'an image that is not found', 60_000);
  assert.match(await lab.run(`kubectl describe pod ${name} | tail -n 4`), /Failed|Back-off/);
  await lab.write(pod({ name, container: 'web', image: good }));
  await lab.apply();
  await fullMark(lab);
});

test('the third exercise: a prediction, then the experiment', async () => {
  const lab = await Lab.open(page, site.url, '#/cours/premier-pod/pod-supprime');
  const name = await told(lab, /kubectl delete pod (\S+)/);
  const question = lab.panel('Leçon').locator('form.question');
  await question.getByRole('radio', { name: /Plus rien/ }).check();
  await question.getByRole('button', { name: 'Répondre' }).click();
  assert.match(await lab.run('kubectl get pods'), new RegExp(`${name} +1/1 +Running`));
  assert.match(await lab.run(`kubectl delete pod ${name}`), /deleted/);
  assert.match(await lab.run('kubectl get pods'), /No resources found/);
  await lab.run(`kubectl apply -f ${name}.yaml`);
  await fullMark(lab);
});

test('what a manifest says is never markup', async () => {
  const lab = await Lab.open(page, site.url, '#/bac-a-sable');
  const evil = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
  await lab.write(pod({ name: 'web', container: 'web', image: 'nginx:1.27' }).replace('  labels:', `  annotations:\n    note: '${evil}'\n  labels:`));
  await lab.apply();
  await lab.run('kubectl wait --for=condition=Ready pod/web');
  assert.match(await lab.run('kubectl describe pod web | grep note'), /onerror/);
  assert.equal(await page.locator('img[src="x"]').count(), 0);
  assert.match(await page.title(), /Timonier$/);
});

test('a lesson is read before its engine has come, and what is wanted meanwhile is done in its turn', async () => {
  let come;
  const late = new Promise((done) => (come = done));
  await context.route(/engine_bg\.wasm|vendor\/(editor|terminal)\.js/, async (route) => {
    await late;
    await route.continue();
  });
  await page.goto(`${site.url}#/cours/premier-pod`);
  const lab = new Lab(page);
  const article = lab.panel('Leçon').getByRole('article');
  const file = article.locator('.code', { has: page.getByRole('button', { name: 'Ouvrir', exact: true }) }).first();
  await file.getByRole('button', { name: 'Ouvrir', exact: true }).click();
  await article.getByRole('button', { name: 'Exécuter', exact: true }).first().click();
  assert.equal(await lab.panel('Terminal').locator('.xterm').count(), 0, 'the terminal is not there yet');
  come();
  await lab.until(async () => /pod\/\S+ created/.test(await lab.screen().catch(() => '')), 'the command, upon the file that was opened before it');
  const name = await file.locator('.code-file').innerText();
  await lab.panel('Éditeur').getByText(name).first().waitFor();
});
