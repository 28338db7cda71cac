// States of a cluster worth looking at and measuring, as a learner would bring them about.

const pause = (page) => page.getByRole('button', { name: 'Pause' }).click();
const fast = (page) => page.getByRole('button', { name: /vingt fois plus vite/i }).click();

/** Many replicas, until they are ready. */
async function many(lab, page, count) {
  await fast(page);
  await lab.run(`kubectl create deployment web --image=nginx:1.27 --replicas=${count}`);
  await lab.run('kubectl expose deployment web --port=80');
  await lab.run('kubectl rollout status deployment/web --timeout=900s', { timeout: 240_000 });
}

const nodes = (count) => `for i in $(seq 1 ${count}); do lab ajouter-noeud; done; sleep 12`;

export const states = [
  { name: 'vide', prepare: (lab, page) => pause(page) },
  {
    name: 'trois',
    async prepare(lab, page) {
      await lab.run('kubectl create configmap reglages --from-literal=mode=prod');
      await lab.run('kubectl create secret generic cle --from-literal=jeton=abc');
      await lab.run('kubectl create deployment web --image=nginx:1.27 --replicas=3');
      await lab.run('kubectl set env deployment/web --from=configmap/reglages');
      await lab.run('kubectl set env deployment/web --from=secret/cle');
      await lab.run('kubectl set resources deployment/web --requests=cpu=250m,memory=128Mi');
      await lab.run('kubectl expose deployment web --port=80');
      await lab.run('kubectl create service clusterip perdu --tcp=80');
      await lab.run('kubectl create pdb web --selector=app=web --min-available=1');
      await lab.run('kubectl rollout status deployment/web');
      await lab.run('sleep 2');
      await pause(page);
    },
  },
  {
    name: 'rollout',
    async prepare(lab, page) {
      await lab.run('kubectl create deployment web --image=nginx:1.27 --replicas=6');
      await lab.run('kubectl expose deployment web --port=80');
      await lab.run('kubectl rollout status deployment/web');
      await lab.run('kubectl set image deployment/web nginx=nginx:1.28');
      await page.getByRole('treeitem', { name: /^ReplicaSet web-\w+, révision 2/ }).first().waitFor();
      await page.waitForTimeout(2500);
      await pause(page);
    },
  },
  {
    // two Services under load, one of them in the middle of a rollout that loses requests, one that leads nowhere
    name: 'trafic',
    async prepare(lab, page) {
      await lab.run('kubectl create deployment web --image=nginx:1.27 --replicas=4');
      await lab.run('kubectl create deployment panier --image=nginx:1.27 --replicas=2');
      await lab.run('kubectl expose deployment web --port=80');
      await lab.run('kubectl expose deployment panier --port=80');
      await lab.run('kubectl create service clusterip perdu --tcp=80');
      await lab.run('kubectl rollout status deployment/web');
      await page.getByRole('tab', { name: /Trafic/ }).click();
      await lab.run('lab trafic http://web 30 300');
      await lab.run('lab trafic http://panier/produits 8 300 --depuis internet');
      await lab.run('lab trafic http://perdu 2 300');
      await lab.run('sleep 12');
      await lab.run('kubectl set image deployment/web nginx=nginx:1.28');
      await page.waitForTimeout(6000);
      await pause(page);
    },
  },
  {
    name: 'pannes',
    async prepare(lab, page) {
      await lab.run('kubectl create deployment boucle --image=busybox:1.37');
      await lab.run('kubectl run introuvable --image=nginx:9.99');
      await lab.run(`kubectl run gros --image=nginx:1.27 --overrides='{"spec":{"containers":[{"name":"gros","image":"nginx:1.27","resources":{"requests":{"cpu":"64"}}}]}}'`);
      await lab.run('kubectl cordon worker-1');
      await lab.run('kubectl taint nodes worker-2 usage=base-de-donnees:NoSchedule');
      await lab.run('lab arreter scheduler');
      await lab.run('lab arreter kubelet worker-3');
      await fast(page);
      await lab.run('sleep 90', { timeout: 120_000 });
      await pause(page);
    },
  },
  {
    name: 'noms-longs',
    async prepare(lab, page) {
      const name = 'service-de-facturation-des-commandes-internationales';
      await lab.run(`kubectl create namespace ${name}-environnement`);
      await lab.run(`kubectl create deployment ${name} -n ${name}-environnement --image=registry.example.com/equipe-facturation/${name}:2026.11.29-rc1 --replicas=4`);
      await lab.run(`kubectl create deployment ${name} --image=nginx:1.27 --replicas=4`);
      await lab.run(`kubectl expose deployment ${name} --port=8080 --target-port=80`);
      await lab.run(`kubectl create configmap ${name}-configuration --from-literal=a=1`);
      await lab.run('sleep 8');
      await pause(page);
    },
  },
  {
    name: 'trois-cents',
    async prepare(lab, page) {
      await lab.run(nodes(3), { timeout: 90_000 });
      await many(lab, page, 300);
      await pause(page);
    },
  },
  {
    name: 'mille',
    async prepare(lab, page) {
      await lab.run(nodes(9), { timeout: 90_000 });
      await many(lab, page, 1000);
      await pause(page);
    },
  },
  {
    name: 'passe',
    async prepare(lab, page) {
      await lab.run('kubectl create deployment web --image=nginx:1.27 --replicas=3');
      await lab.run('kubectl rollout status deployment/web');
      await lab.run('kubectl scale deployment web --replicas=6');
      await lab.run('sleep 5');
      await page.getByRole('slider', { name: /^Ligne du temps/ }).focus();
      for (let i = 0; i < 6; i += 1) await page.keyboard.press('ArrowLeft');
      await page.getByRole('button', { name: 'Repartir d’ici' }).waitFor();
    },
  },
];

export { many, nodes };
