import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, eachKubectl, manifest, startCluster, tested } from './cluster';

const configMap = (name: string, data: Record<string, string>, labels = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data });

/** The verbs of kubectl that change something. */
describe.each(eachKubectl)('changing, with %s', (_, kubectl) => {
  let cluster: Cluster;
  let folder: string;
  beforeAll(async () => {
    cluster = await startCluster();
    folder = mkdtempSync(join(tmpdir(), 'decklog-changing-'));
  }, 180_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await cluster.stop();
  }, 60_000);

  tested(
    'create makes one of each kind that kubectl can make',
    async () => {
      const space = await cluster.space('made', kubectl);
      const commands = [
        'create configmap cm --from-literal=a=1 --from-literal=b=2',
        'create secret generic opaque --from-literal=a=1',
        'create secret docker-registry registry --docker-username=u --docker-password=p --docker-email=e@example.com',
        'create deployment web --image=nginx --replicas=1 --port=80',
        'create service clusterip cip --tcp=80:8080',
        'create service externalname ext --external-name=example.com',
        'create serviceaccount robot',
        'create role reader --verb=get,list --resource=pods,pods/log',
        'create rolebinding reader --role=reader --serviceaccount=made:robot',
        'create clusterrole made-nodes --verb=get --resource=nodes --non-resource-url=/metrics',
        'create clusterrolebinding made-nodes --clusterrole=made-nodes --serviceaccount=made:robot',
        'run one --image=busybox --labels=a=b -- sleep 3600',
        'expose deployment web --port=80 --name=exposed',
      ];
      for (const command of commands) expect(await space.run(command)).toMatch(/ (created|exposed)\n$/);
      expect(await space.rows('secrets')).toEqual(['opaque  Opaque  1', 'registry  kubernetes.io/dockerconfigjson  1']);
      expect(await space.refused('create configmap cm')).toBe('error: failed to create configmap: configmaps "cm" already exists');
      expect(await space.refused('create deployment Web --image=nginx')).toContain('Invalid value: "Web": a lowercase RFC 1123 subdomain must consist of');
      expect(await space.run('auth can-i list pods --as=system:serviceaccount:made:robot')).toBe('yes\n');
      expect((await space.try('auth can-i delete pods --as=system:serviceaccount:made:robot')).stdout).toBe('no\n');
      const token = (await space.run('create token robot --duration=10m')).trim();
      expect(await space.run(['get', 'pods', '-o', 'name', '--token', token])).toContain('pod/one');
      await space.run('delete clusterrole,clusterrolebinding made-nodes');
    },
    90_000,
  );

  tested(
    'apply creates, leaves alone, changes, prunes; diff tells what it would do',
    async () => {
      const space = await cluster.space('applied', kubectl);
      const [one, two] = [join(folder, 'one.yaml'), join(folder, 'two.yaml')];
      writeFileSync(one, configMap('one', { a: '1' }, { app: 'applied' }));
      writeFileSync(two, configMap('two', { a: '1' }, { app: 'applied' }));
      expect(await space.run(`apply -f ${folder}`)).toBe('configmap/one created\nconfigmap/two created\n');
      expect(await space.run(`apply -f ${folder}`)).toBe('configmap/one unchanged\nconfigmap/two unchanged\n');
      expect(await space.try(`diff -f ${folder}`)).toMatchObject({ code: 0, stdout: '' });
      writeFileSync(one, configMap('one', { a: '2' }, { app: 'applied' }));
      const { code, stdout } = await space.try(`diff -f ${folder}`);
      expect({ code, lines: stdout.split('\n').filter((line) => /^[-+] /.test(line)) }).toEqual({ code: 1, lines: ['-  a: "1"', '+  a: "2"'] });
      expect(await space.run(`apply -f ${one} --dry-run=server`)).toBe('configmap/one configured (server dry run)\n');
      expect(await space.value('configmap one', '{.data.a}')).toBe('1');
      expect(await space.run(`apply -f ${folder}`)).toBe('configmap/one configured\nconfigmap/two unchanged\n');
      expect(await space.run(`apply view-last-applied configmap one -o json`)).toContain('"a": "2"');
      expect(await space.run(`apply set-last-applied -f ${one}`)).toBe('configmap/one configured\n');
      expect(await space.run(`apply -f ${one} --prune -l app=applied --prune-allowlist=core/v1/ConfigMap`)).toMatch(
        /^configmap\/one (configured|unchanged)\nconfigmap\/two pruned\n$/,
      );
      writeFileSync(join(folder, 'kustomization.yaml'), 'resources: [one.yaml]\nnamePrefix: my-\n');
      expect(await space.run(`apply -k ${folder}`)).toBe('configmap/my-one created\n');
    },
    90_000,
  );

  tested(
    'server-side apply prunes what its set has lost',
    async () => {
      const space = (await cluster.space('sets', kubectl)).with({ KUBECTL_APPLYSET: 'true' });
      const apply = (...names: string[]) =>
        space.run(
          'apply --server-side --prune --applyset=configmap/kept -f -',
          JSON.stringify({ apiVersion: 'v1', kind: 'List', items: names.map((name) => JSON.parse(configMap(name, { a: '1' })) as object) }),
        );
      await space.run('create configmap stranger');
      expect(await apply('one', 'two')).toBe('configmap/one serverside-applied\nconfigmap/two serverside-applied\n');
      expect(await apply('one')).toBe('configmap/one serverside-applied\nconfigmap/two pruned\n');
      expect((await space.run('get configmaps -o name')).split('\n')).toEqual(
        expect.arrayContaining(['configmap/kept', 'configmap/one', 'configmap/stranger']),
      );
      expect(await space.run('get configmap two --ignore-not-found')).toBe('');
    },
    120_000,
  );

  tested(
    'manifests of versions that are long gone are applied with a warning, and read in those and in the ones of today',
    async () => {
      const space = await cluster.space('old', kubectl);
      const { code, stdout, stderr } = await space.try('apply -f -', manifest('old-versions'));
      expect({ code, made: stdout.split('\n').length - 1 }).toEqual({ code: 0, made: 6 });
      for (const line of [
        'Warning: extensions/v1beta1 Deployment is deprecated in v1.8+, unavailable in v1.16+; use apps/v1 Deployment',
        'Warning: apps/v1beta1 Deployment is deprecated in v1.8+, unavailable in v1.16+; use apps/v1 Deployment',
        'Warning: apps/v1beta2 ReplicaSet is deprecated in v1.9+, unavailable in v1.16+; use apps/v1 ReplicaSet',
        'Warning: extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in v1.22+; use networking.k8s.io/v1 Ingress',
        'Warning: batch/v1beta1 CronJob is deprecated in v1.21+, unavailable in v1.25+; use batch/v1 CronJob',
        'Warning: policy/v1beta1 PodDisruptionBudget is deprecated in v1.21+, unavailable in v1.25+; use policy/v1 PodDisruptionBudget',
      ])
        expect(stderr.split('\n')).toContain(line);
      const read = async (what: string): Promise<Record<string, unknown>> => JSON.parse(await space.run(`get ${what} -o json`)) as Record<string, unknown>;
      expect(await read('deployments.v1beta1.extensions oldest')).toMatchObject({
        apiVersion: 'extensions/v1beta1',
        spec: { selector: { matchLabels: { app: 'oldest' } }, revisionHistoryLimit: 2147483647 },
      });
      expect(await read('deployments.v1.apps oldest')).toMatchObject({ apiVersion: 'apps/v1', spec: { selector: { matchLabels: { app: 'oldest' } } } });
      const path = (backend: object) => ({ rules: [{ host: 'shop.example.com', http: { paths: [{ path: '/cart', backend }] } }] });
      const old = { backend: { serviceName: 'fallback', servicePort: 80 }, ...path({ serviceName: 'cart', servicePort: 'http' }) };
      expect(await read('ingresses.v1beta1.extensions oldest')).toMatchObject({ apiVersion: 'extensions/v1beta1', spec: old });
      const today = { defaultBackend: { service: { name: 'fallback', port: { number: 80 } } }, ...path({ service: { name: 'cart', port: { name: 'http' } } }) };
      expect(await read('ingresses.v1.networking.k8s.io oldest')).toMatchObject({ apiVersion: 'networking.k8s.io/v1', spec: today });
      for (const name of ['deployment oldest', 'deployment older', 'replicaset old']) await space.run(`wait ${name} --for=jsonpath={.status.readyReplicas}=1`);
      expect(await space.run('get cronjobs,poddisruptionbudgets -o name')).toBe('cronjob.batch/old\npoddisruptionbudget.policy/old\n');
      expect(await space.run('delete -f -', manifest('old-versions'))).toContain('deployment.extensions "oldest" deleted');
      expect(await space.run('get deployments,replicasets,ingresses,cronjobs,poddisruptionbudgets -o name -l age=old')).toBe('');
    },
    120_000,
  );

  tested(
    'an apply takes away what its last version had and this one has not, and leaves what others have put there',
    async () => {
      const space = await cluster.space('merged', kubectl);
      await space.run('apply -f -', configMap('one', { mine: '1', too: '1' }));
      await space.run(['patch', 'configmap', 'one', '-p', '{"data":{"theirs":"2"}}']);
      await space.run('apply -f -', configMap('one', { mine: '3' }));
      expect(JSON.parse(await space.value('configmap one', '{.data}'))).toEqual({ mine: '3', theirs: '2' });
    },
    60_000,
  );

  tested(
    'server-side apply tells who owns what, refuses to take it, takes it when told to, and takes over from client-side apply',
    async () => {
      const space = await cluster.space('owned', kubectl);
      const apply = 'apply --server-side -f -';
      const config = (replicas: number, image = 'nginx'): string =>
        manifest('deployment').replace('replicas: 3', `replicas: ${replicas}`).replace('nginx:1.26', image);
      expect(await space.run(apply, config(1))).toBe('deployment.apps/web serverside-applied\n');
      expect(await space.run('scale deployment web --replicas=2')).toBe('deployment.apps/web scaled\n');
      expect(await space.refused(apply, config(1))).toMatch(
        /Apply failed with 1 conflict: conflict with "kubectl[^"]*" with subresource "scale" using apps\/v1: \.spec\.replicas\n/,
      );
      expect(await space.value('deployment web', '{.spec.replicas}')).toBe('2');
      expect(await space.run('apply --server-side --force-conflicts -f -', config(1))).toBe('deployment.apps/web serverside-applied\n');
      const { code, stdout } = await space.try('diff --server-side -f -', config(1, 'httpd'));
      expect({
        code,
        lines: stdout
          .split('\n')
          .filter((line) => /^[-+] .*image/.test(line))
          .map((line) => line.trim().replace(/ +/g, ' ')),
      }).toEqual({ code: 1, lines: ['- - image: nginx', '+ - image: httpd'] });
      expect(await space.run('get deployment web -o yaml')).not.toContain('managedFields');
      expect(await space.run('get deployment web -o yaml --show-managed-fields')).toMatch(/f:containers:\n +k:\{"name":"nginx"\}:\n +\.: \{\}\n/);

      await space.run('apply -f -', configMap('both', { a: '1', b: '1' }));
      expect(await space.run(apply, configMap('both', { a: '2' }))).toBe('configmap/both serverside-applied\n');
      expect(JSON.parse(await space.value('configmap both', '{.data}'))).toEqual({ a: '2' });
      const revision = await space.value('configmap both', '{.metadata.resourceVersion}');
      await space.run(apply, configMap('both', { a: '2' }));
      expect(await space.value('configmap both', '{.metadata.resourceVersion}')).toBe(revision);
      expect(await space.refused(apply, configMap('both', {}).replace('"data"', '"dta"'))).toContain('.dta: field not declared in schema');
    },
    60_000,
  );

  tested(
    'patches of every type, to the object and below it',
    async () => {
      const space = await cluster.space('patched', kubectl);
      await space.apply('deployment');
      const patch = (type: string, text: string, ...more: string[]): string[] => ['patch', 'deployment', 'web', `--type=${type}`, '-p', text, ...more];
      const containers = async (): Promise<string> => space.value('deployment web', '{range .spec.template.spec.containers[*]}{.name}={.image} {end}');
      await space.run(patch('strategic', '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"busybox"}]}}}}'));
      expect(await containers()).toBe('side=busybox nginx=nginx:1.26 ');
      await space.run(patch('json', '[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"busybox:2"}]'));
      expect(await containers()).toBe('side=busybox:2 nginx=nginx:1.26 ');
      await space.run(patch('merge', '{"spec":{"template":{"spec":{"containers":[{"name":"only","image":"nginx"}]}}}}'));
      expect(await containers()).toBe('only=nginx ');
      expect(await space.run(['patch', 'configmap', 'kube-root-ca.crt', '-p', '{}'])).toBe('configmap/kube-root-ca.crt patched (no change)\n');
      expect(await space.run(patch('merge', '{"status":{"collisionCount":7}}', '--subresource=status'))).toBe('deployment.apps/web patched\n');
      expect(await space.refused(patch('merge', '{"spec":{"selector":{"matchLabels":{"app":"other"}}}}'))).toContain('field is immutable');
      expect(await space.refused(patch('json', '[{"op":"test","path":"/spec/replicas","value":77}]'))).toContain(
        'the server rejected our request due to an error in our request',
      );
      expect(await space.refused(['patch', 'deployment', 'absent', '-p', '{}'])).toBe('Error from server (NotFound): deployments.apps "absent" not found');
    },
    60_000,
  );

  tested(
    'edit, replace, label and annotate',
    async () => {
      const space = await cluster.space('edited', kubectl);
      await space.run('create configmap cm --from-literal=a=1');
      const editor = join(folder, 'editor.sh');
      writeFileSync(editor, '#!/bin/sh\nsed -i \'s/a: "1"/a: "2"/\' "$1"\n');
      chmodSync(editor, 0o755);
      expect(await space.with({ KUBE_EDITOR: editor }).run('edit configmap cm')).toBe('configmap/cm edited\n');
      expect(await space.value('configmap cm', '{.data.a}')).toBe('2');
      expect((await space.with({ KUBE_EDITOR: 'true' }).try('edit configmap cm')).stderr).toContain('Edit cancelled, no changes made.');
      const old = await space.run('get configmap cm -o json');
      expect(await space.run('replace -f -', configMap('cm', { a: '3' }))).toBe('configmap/cm replaced\n');
      expect(await space.refused('replace -f -', old)).toContain(
        'Operation cannot be fulfilled on configmaps "cm": the object has been modified; please apply your changes to the latest version and try again',
      );
      const uid = await space.value('configmap cm', '{.metadata.uid}');
      expect(await space.run('replace --force -f -', configMap('cm', { a: '4' }))).toMatch(
        /configmap "cm" deleted( from edited namespace)?\nconfigmap\/cm replaced\n/,
      );
      expect(await space.value('configmap cm', '{.metadata.uid}')).not.toBe(uid);
      expect(await space.run('label configmap cm tier=web')).toBe('configmap/cm labeled\n');
      expect(await space.refused('label configmap cm tier=db')).toContain("'tier' already has a value (web), and --overwrite is false");
      expect(await space.run('label configmap cm tier=db --overwrite')).toBe('configmap/cm labeled\n');
      expect(await space.run('label configmap cm tier-')).toBe('configmap/cm unlabeled\n');
      expect(await space.run('annotate configmap cm note=x')).toContain('configmap/cm annotate');
      expect(await space.value('configmap cm', '{.metadata.annotations}')).toBe('{"note":"x"}');
    },
    60_000,
  );

  tested(
    'wait sees conditions, values, creation and deletion',
    async () => {
      const space = await cluster.space('awaited', kubectl);
      const created = space.run('wait --for=jsonpath={.status.phase}=Running pod --all --timeout=30s');
      await created.catch(() => undefined); // there is no pod yet: kubectl says so at once
      await space.apply('pod-server', 'deployment');
      expect(await space.run('wait --for=condition=Ready pod/server --timeout=30s')).toBe('pod/server condition met\n');
      expect(await space.run('wait --for=condition=Available deployment/web --timeout=30s')).toBe('deployment.apps/web condition met\n');
      expect(await space.run('wait --for=jsonpath={.status.readyReplicas}=3 deployment/web --timeout=30s')).toBe('deployment.apps/web condition met\n');
      expect(await space.refused('wait --for=condition=Nonsense pod/server --timeout=1s')).toContain('timed out waiting for the condition on pods/server');
      const gone = space.run('wait --for=delete pod/server --timeout=30s');
      await new Promise((resolve) => setTimeout(resolve, 2000));
      await space.run('delete pod server');
      expect(await gone).toBe('pod/server condition met\n');
    },
    60_000,
  );

  tested(
    'what is wrong is said, and nothing is written',
    async () => {
      const space = await cluster.space('refused', kubectl);
      const wrong = manifest('deployment').replace('replicas: 3', 'replicas: -1').replace('app: web}}\n    spec', 'app: other}}\n    spec');
      const text = await space.refused('create -f -', wrong);
      expect(text).toContain('spec.replicas: Invalid value: -1: must be greater than or equal to 0');
      expect(text).toContain('spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`');
      expect(await space.refused('create -f -', manifest('deployment').replace('replicas', 'replicants'))).toContain('unknown field "spec.replicants"');
      expect((await space.try('create -f - --validate=warn', manifest('deployment').replace('replicas', 'replicants'))).stderr).toContain(
        'Warning: unknown field "spec.replicants"',
      );
      expect(await space.refused('create -f - --namespace=nowhere', manifest('pod-server'))).toContain('namespaces "nowhere" not found');
      await space.run('create -f -', manifest('pod-server'));
      expect(await space.refused(['patch', 'pod', 'server', '-p', '{"spec":{"hostNetwork":true}}'])).toContain('pod updates may not change fields other than');
      expect(await space.rows('deployments')).toEqual(['web  1/1  1  1']);
    },
    60_000,
  );
});
