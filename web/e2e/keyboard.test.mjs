// One exercise of each sort, to its full mark and by keyboard alone, with a reload in its middle; in the first, a mistake is taken back in time.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { guard, launch } from './support/chromium.mjs';
import { Lab } from './support/lab.mjs';
import { serve } from './support/site.mjs';

let site, browser, context, watched, page, lab, tabLeaves;

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
  // Nothing here may need a mouse.
  page.mouse.move = page.mouse.down = page.mouse.click = () => assert.fail('the mouse');
  tabLeaves = false;
});
afterEach(async () => {
  await context.close();
  watched.check();
});

/** Where the focus is: in the editor, in the terminal, or elsewhere. */
const where = () => page.evaluate(() => {
  const at = document.activeElement;
  if (at?.closest('.monaco-editor')) return 'editor';
  return at?.closest('.xterm') ? 'terminal' : 'elsewhere';
});

/** Walks to something by Tab, out of editor and terminal as their descriptions say. */
async function reach(target, key = 'Tab') {
  for (let steps = 0; steps < 120; steps += 1) {
    if (await target.evaluate((element) => element.contains(document.activeElement)).catch(() => false)) return;
    const here = await where();
    if (here === 'terminal') await page.keyboard.press('Escape');
    if (here === 'editor' && !tabLeaves) {
      await page.keyboard.press('Control+m');
      tabLeaves = true;
    }
    await page.keyboard.press(key);
  }
  assert.fail(`Tab does not come to ${target}`);
}

/** Types a line in the terminal, and waits for its end. */
async function run(line, options) {
  await reach(lab.panel('Terminal').locator('.xterm'));
  await page.keyboard.press('Control+l');
  await lab.until(async () => (await lab.screen()).split('\n').length === 1, 'an empty terminal');
  await page.keyboard.type(`${line}\n`);
  await lab.until(async () => {
    const lines = (await lab.screen()).split('\n');
    return lines.length > 1 && /\$ ?$/.test(lines.at(-1));
  }, `the end of \`${line}\``, options?.timeout ?? 60_000);
  return lab.screen();
}

/** Presses a button. */
async function press(name, key) {
  const button = page.getByRole('button', { name });
  await button.waitFor();
  await reach(button, key);
  await page.keyboard.press('Enter');
}

async function open(hash) {
  lab = await Lab.open(page, site.url, hash);
}

async function reload() {
  await page.reload();
  tabLeaves = false;
  await lab.ready();
}

/** What one of the exercise's sentences says, by a pattern with one group. */
async function told(pattern) {
  const text = (await lab.panel('Leçon').getByRole('article').innerText()).replace(/[\u00a0\u202f]/g, ' ');
  return pattern.exec(text)?.[1] ?? assert.fail(`the exercise says ${pattern}:\n${text}`);
}

const marked = async () => (await lab.panel('Leçon').locator('.mark strong').innerText()).split('/').map((part) => Number(part.trim()));

async function fullMark() {
  await lab.until(async () => {
    const [points, max] = await marked();
    return max > 0 && points === max;
  }, 'the full mark', 90_000);
  await lab.panel('Leçon').getByText('Bravo').waitFor();
}

/** Chooses an answer with the arrows, and gives it. */
async function answer(place, words) {
  const form = lab.panel('Leçon').locator('form.question').nth(place);
  await reach(form.getByRole('radio').first());
  const chosen = () => page.evaluate(() => document.activeElement.closest('label').innerText);
  await page.keyboard.press('Space');
  for (let steps = 0; steps < 6 && !words.test(await chosen()); steps += 1) await page.keyboard.press('ArrowDown');
  assert.match(await chosen(), words);
  await page.keyboard.press('Enter');
  await form.getByText('Bonne réponse').waitFor();
}

test('do: a manifest is written and applied, a mistake taken back in time', async () => {
  await open('#/cours/premier-pod/un-pod');
  const name = await told(/s.appelle (\S+) et porte/);
  const manifest = (container, image, port) => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels:
    app: ${name}
spec:
  containers:
  - name: ${container}
    image: ${image}
    ports:
    - containerPort: ${port}
`;
  const wanted = [await told(/conteneur s.appelle (\S+) et utilise/), await told(/utilise l.image (\S+?)\s*;/), await told(/annonce le port (\d+)/)];
  const editor = lab.panel('Éditeur').locator('.monaco-editor').first();
  const apply = async (text) => {
    await reach(editor, 'Shift+Tab');
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(text);
    await page.keyboard.press('Control+Enter');
  };
  const slider = page.getByRole('slider', { name: /^Ligne du temps/ });
  const moment = async () => Number(await slider.getAttribute('aria-valuenow'));
  await run('sleep 2');
  const then = await moment();
  await apply(manifest('mal-nomme', ...wanted.slice(1)));
  await page.getByRole('treeitem', { name: new RegExp(`^Pod ${name}, prêt`) }).waitFor();
  await reload();
  await lab.until(async () => (await editor.innerText()).includes('mal-nomme'), 'the kept file');
  await page.getByRole('treeitem', { name: new RegExp(`^Pod ${name}, prêt`) }).waitFor();

  // A Pod's container cannot be renamed: back to before it was there.
  await reach(slider);
  while (await moment() > then - 1) await page.keyboard.press('ArrowLeft');
  await page.getByRole('treeitem', { name: new RegExp(`^Pod ${name}`) }).waitFor({ state: 'detached' });
  await press('Repartir d’ici');
  await page.getByText('Vous regardez le passé', { exact: true }).waitFor({ state: 'detached' });
  await press(/vitesse normale/i, 'Shift+Tab');
  assert.match(await run('kubectl get pods'), /No resources found/);
  await apply(manifest(...wanted));
  await fullMark();
});

test('mend: a rollout that is stuck goes back to yesterday', async () => {
  await open('#/cours/deployer-et-revenir/revenir-en-arriere');
  const name = await told(/déploiement de (\S+) ne finit jamais/);
  assert.match(await run(`kubectl rollout history deployment/${name}`), /1 +version d'hier/);
  await reload();
  assert.match(await run('kubectl get pods'), /ErrImagePull|ImagePullBackOff/);
  await run(`kubectl rollout undo deployment/${name} --to-revision=1`);
  await run(`kubectl rollout status deployment/${name}`);
  await fullMark();
});

test('predict: an answer, then the experiment', async () => {
  await open('#/cours/premier-pod/pod-supprime');
  const name = await told(/kubectl delete pod (\S+)/);
  await answer(0, /Plus rien/);
  await run(`kubectl delete pod ${name}`);
  await reload();
  await lab.panel('Leçon').getByText('Bonne réponse').waitFor();
  assert.match(await run('kubectl get pods'), /No resources found/);
  await run(`kubectl apply -f ${name}.yaml`);
  await fullMark();
});

test('measure: a machine is lost, the service level held', async () => {
  await open('#/cours/pourquoi-orchestrer/perdre-une-machine');
  const name = await told(/scale deployment (\S+) --replicas/);
  const machine = await told(/lab retirer-noeud ([\w-]+)/);
  await run(`kubectl scale deployment ${name} --replicas=6`);
  await run(`kubectl rollout status deployment/${name}`);
  assert.match(await run(`lab retirer-noeud ${machine}`), new RegExp(`${machine}.*éteint`));
  await reload();
  await press(/cent fois plus vite/i);
  await run('sleep 360', { timeout: 120_000 });
  await fullMark();
});

test('explain: causes are chosen, and stay chosen', async () => {
  await open('#/cours/pourquoi-orchestrer/le-bon-outil');
  await answer(0, /Docker Compose/);
  await reload();
  await answer(1, /géré par l.hébergeur/);
  await answer(2, /k3s/);
  await fullMark();
});
