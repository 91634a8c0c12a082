import { eventually } from '../support/program';
import { eachKubectl, manifest, startCluster, tested, type Cluster, type Space } from './cluster';

const DEFINITION = 'customresourcedefinition/crontabs.stable.example.com';

interface CronTab {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly managedFields?: { manager: string; operation: string }[];
  };
  readonly spec: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
}

const tab = (name: string, spec: object = { cronSpec: '* * * * */5', image: 'my-image' }, more: object = {}): string =>
  JSON.stringify({ apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata: { name, ...more }, spec });

/** A kind of the user's own, from its definition to its end, with real kubectl. */
describe('custom resources', () => {
  let cluster: Cluster;
  let base: Space;
  beforeAll(async () => {
    cluster = await startCluster();
    base = await cluster.space('default');
    await base.apply('crontabs');
    await base.run(`wait --for=condition=Established ${DEFINITION} --timeout=10s`);
  }, 240_000);
  afterAll(() => cluster?.stop(), 60_000);

  tested(
    'are served within a second of their definition',
    async () => {
      const { metadata, status } = (await base.get<{
        metadata: { creationTimestamp: string };
        status: { conditions: { type: string; status: string; lastTransitionTime: string }[]; acceptedNames: object; storedVersions: string[] };
      }>(DEFINITION))!;
      const established = status.conditions.find(({ type }) => type === 'Established');
      expect(Date.parse(established?.lastTransitionTime ?? '') - Date.parse(metadata.creationTimestamp)).toBeLessThanOrEqual(1000);
      expect(status).toMatchObject({ acceptedNames: { kind: 'CronTab', listKind: 'CronTabList', plural: 'crontabs' }, storedVersions: ['v1'] });
    },
    60_000,
  );

  tested(
    'are found, explained, shown in their columns, and described',
    async () => {
      const space = await cluster.space('crd-shown');
      expect(await space.run('api-resources --api-group=stable.example.com --no-headers')).toMatch(/^crontabs +ct +stable\.example\.com\/v1 +true +CronTab/);
      const explained = await space.run('explain crontab.spec');
      expect(explained).toContain('What is wished for.');
      expect(explained).toContain('When to run.');
      expect(explained).toMatch(/cronSpec\s+<string> -required-/);
      await space.run('create -f -', tab('shown'));
      expect((await space.run('get ct')).split('\n')[0]).toMatch(/^NAME +SPEC +REPLICAS +AGE$/);
      expect(await space.rows('ct')).toEqual(['shown  * * * * */5  1']);
      expect((await space.run('get crontabs -o wide')).split('\n')[0]).toMatch(/^NAME +SPEC +REPLICAS +IMAGE +AGE$/);
      expect(await space.run('get all')).toContain('crontab.stable.example.com/shown');
      expect(await space.run('describe ct shown')).toMatch(/Cron Spec: +\* \* \* \* \*\/5/);
    },
    60_000,
  );

  describe.each(eachKubectl)('with %s', (version, path) => {
    tested(
      'are applied, changed by applying again, and pruned of what is no longer there',
      async () => {
        const space = await cluster.space(`crd-apply-${version.replaceAll('.', '-')}`, path);
        expect(await space.run('apply -f -', tab('t', { cronSpec: 'a', image: 'one' }, { labels: { a: 'b' } }))).toBe('crontab.stable.example.com/t created\n');
        expect(await space.run('apply -f -', tab('t', { cronSpec: 'a', replicas: 2 }, { labels: { a: 'b' } }))).toBe(
          'crontab.stable.example.com/t configured\n',
        );
        expect(await space.run('apply -f -', tab('t', { cronSpec: 'a', replicas: 2 }, { labels: { a: 'b' } }))).toBe(
          'crontab.stable.example.com/t unchanged\n',
        );
        const { spec, metadata } = (await space.get<CronTab>('ct t'))!;
        expect(spec).toEqual({ cronSpec: 'a', replicas: 2, most: 10, mode: 'Fast' });
        expect(metadata.generation).toBe(2);
        expect((await space.try('diff -f -', tab('t', { cronSpec: 'z', replicas: 2 }))).stdout).toMatch(/^\+ +cronSpec: z$/m);
        expect(await space.run('apply -f - --server-side --force-conflicts', tab('t', { cronSpec: 'z' }))).toContain('serverside-applied');
      },
      60_000,
    );
  });

  tested(
    'are patched by merging and by operations, but not strategically',
    async () => {
      const space = await cluster.space('crd-patched');
      await space.run('create -f -', tab('p'));
      await space.run(['patch', 'ct', 'p', '--type=merge', '-p', '{"spec":{"image":"other"}}']);
      await space.run(['patch', 'ct', 'p', '--type=json', '-p', '[{"op":"add","path":"/spec/replicas","value":4}]']);
      expect((await space.get<CronTab>('ct p'))?.spec).toMatchObject({ image: 'other', replicas: 4 });
      const refused = await space.refused(['patch', 'ct', 'p', '-p', '{"spec":{"image":"no"}}']);
      expect(refused).toContain(
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      );
      const editor = space.with({ KUBE_EDITOR: 'sed -i s/other/edited/' });
      expect(await editor.run('edit ct p')).toContain('crontab.stable.example.com/p edited');
      await space.run('label ct p a=b');
      await space.run('annotate ct p c=d');
      expect((await space.get<CronTab>('ct p'))?.metadata).toMatchObject({ generation: 4, labels: { a: 'b' }, annotations: { c: 'd' } });
    },
    60_000,
  );

  tested(
    'are scaled, and keep their status apart',
    async () => {
      const space = await cluster.space('crd-scaled');
      await space.run('create -f -', tab('s'));
      expect(await space.run('scale ct s --replicas=3')).toBe('crontab.stable.example.com/s scaled\n');
      await space.run(['patch', 'ct', 's', '--type=merge', '-p', '{"status":{"replicas":9},"spec":{"image":"i"}}']);
      expect(await space.get<CronTab>('ct s')).toMatchObject({ metadata: { generation: 3 }, spec: { replicas: 3, image: 'i' } });
      expect((await space.get<CronTab>('ct s'))?.status).toBeUndefined();
      await space.run([
        'patch',
        'ct',
        's',
        '--subresource=status',
        '--type=merge',
        '-p',
        '{"status":{"replicas":2,"labelSelector":"a=b"},"spec":{"image":"no"}}',
      ]);
      expect(await space.get<CronTab>('ct s')).toMatchObject({ metadata: { generation: 3 }, spec: { image: 'i' }, status: { replicas: 2 } });
      expect(JSON.parse(await space.run('get --raw /apis/stable.example.com/v1/namespaces/crd-scaled/crontabs/s/scale'))).toMatchObject({
        kind: 'Scale',
        spec: { replicas: 3 },
        status: { replicas: 2, selector: 'a=b' },
      });
    },
    60_000,
  );

  tested(
    'are held to their schema and its rules',
    async () => {
      const space = await cluster.space('crd-held');
      const refused = (spec: object): Promise<string> => space.refused('create -f -', tab('bad', spec));
      expect(await refused({})).toMatch(
        /The CronTab "bad" is invalid:\s+\* spec.cronSpec: Required value\n\* <nil>: Invalid value: null: some validation rules were not checked/,
      );
      expect(await refused({ cronSpec: 5 })).toContain('spec.cronSpec: Invalid value: "integer": spec.cronSpec in body must be of type string: "integer"');
      expect(await refused({ cronSpec: 'a', image: 'UPPER' })).toContain(
        'spec.image: Invalid value: "UPPER": spec.image in body should match \'^[a-z:/.0-9-]+$\'',
      );
      expect(await refused({ cronSpec: 'a', mode: 'Slow' })).toContain('spec.mode: Unsupported value: "Slow": supported values: "Fast", "Safe"');
      expect(await refused({ cronSpec: 'a', replicas: 11 })).toMatch(/spec: Invalid value: .*more replicas than most/);
      expect(await refused({ cronSpec: 'a', ports: [{ port: 1 }, { port: 1 }] })).toContain('spec.ports[1]: Duplicate value: {"port":1}');
      expect(await refused({ cronSpec: 'a', unknown: 1 })).toContain('strict decoding error: unknown field "spec.unknown"');
      await space.run('create --validate=false -f -', tab('pruned', { cronSpec: 'a', unknown: 1 }));
      expect((await space.get<CronTab>('ct pruned'))?.spec).toEqual({ cronSpec: 'a', replicas: 1, most: 10, mode: 'Fast' });
    },
    60_000,
  );

  tested(
    'are selected by the fields that their definition names',
    async () => {
      const space = await cluster.space('crd-selected');
      for (const [name, image] of [
        ['one', 'x'],
        ['two', 'y'],
      ] as const)
        await space.run('create -f -', tab(name, { cronSpec: 'a', image }));
      expect(await space.run('get ct --field-selector spec.image=y -o name')).toBe('crontab.stable.example.com/two\n');
      expect(await space.run('get ct --field-selector metadata.name=one -o name')).toBe('crontab.stable.example.com/one\n');
      expect(await space.refused('get ct --field-selector spec.cronSpec=a')).toContain('field label not supported: spec.cronSpec');
    },
    60_000,
  );

  tested(
    'are owned field by field when they are applied by the server',
    async () => {
      const space = await cluster.space('crd-owned');
      await space.run('apply --server-side --field-manager=one -f -', tab('o', { cronSpec: 'a', ports: [{ port: 1, name: 'x' }] }));
      await space.run(
        'apply --server-side --field-manager=two -f -',
        JSON.stringify({
          apiVersion: 'stable.example.com/v1',
          kind: 'CronTab',
          metadata: { name: 'o' },
          spec: { cronSpec: 'a', ports: [{ port: 2, name: 'y' }] },
        }),
      );
      expect((await space.get<CronTab>('ct o'))?.spec.ports).toEqual([
        { port: 1, name: 'x' },
        { port: 2, name: 'y' },
      ]);
      expect(await space.refused('apply --server-side --field-manager=two -f -', tab('o', { cronSpec: 'b' }))).toContain('conflict with "one": .spec.cronSpec');
      await space.run('apply --server-side --field-manager=one -f -', tab('o', { cronSpec: 'a' }));
      expect((await space.get<CronTab>('ct o'))?.spec.ports).toEqual([{ port: 2, name: 'y' }]);
    },
    60_000,
  );

  tested(
    'own others, and are gone with their owners and their namespace',
    async () => {
      const space = await cluster.space('crd-owners');
      await space.run('create -f -', tab('owner'));
      const owner = async (name: string): Promise<object> => ({
        apiVersion: 'stable.example.com/v1',
        kind: 'CronTab',
        name,
        uid: (await space.get<CronTab>(`ct ${name}`))?.metadata.uid,
      });
      await space.run('create -f -', tab('middle', { cronSpec: 'a' }, { ownerReferences: [await owner('owner')] }));
      await space.run(
        'create -f -',
        JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'leaf', ownerReferences: [await owner('middle')] } }),
      );
      await space.run('delete ct owner');
      await space.isEmpty('ct');
      await eventually('the map is gone', async () => (await space.get('configmap leaf')) === undefined);
      await space.run('create -f -', tab('left'));
      await space.run('delete namespace crd-owners --timeout=30s');
    },
    90_000,
  );

  tested(
    'have a past: who wrote what, and how it was',
    async () => {
      const space = await cluster.space('crd-past');
      await space.run('create -f -', tab('h', { cronSpec: 'first' }));
      const before = (await space.get<CronTab>('ct h'))!.metadata.resourceVersion;
      await space.run(['patch', 'ct', 'h', '--type=merge', '-p', '{"spec":{"cronSpec":"second"}}']);
      const past = await space.run(['get', '--raw', `/asof/${before}/apis/stable.example.com/v1/namespaces/crd-past/crontabs/h`]);
      expect(JSON.parse(past)).toMatchObject({ spec: { cronSpec: 'first' } });
      expect(await space.rows('changes --field-selector resource=crontabs.stable.example.com,name=h')).toHaveLength(2);
    },
    60_000,
  );

  tested(
    'go with their definition, which ends who watches them',
    async () => {
      const space = await cluster.space('crd-end');
      await base.run('apply -f -', manifest('crontabs').replaceAll('crontab', 'gonetab').replaceAll('CronTab', 'GoneTab').replace('[ct]', '[gt]'));
      await base.run('wait --for=condition=Established customresourcedefinition/gonetabs.stable.example.com --timeout=10s');
      await space.run('create -f -', tab('g').replace('CronTab', 'GoneTab'));
      const watched = space.run('get --raw /apis/stable.example.com/v1/namespaces/crd-end/gonetabs?watch=true&timeoutSeconds=100');
      const began = Date.now();
      await base.run('delete crd gonetabs.stable.example.com --timeout=30s');
      const events = (await watched)
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type);
      expect(events).toEqual(['ADDED', 'DELETED']);
      expect(Date.now() - began).toBeLessThan(30_000);
      expect(await space.refused('get --raw /apis/stable.example.com/v1/namespaces/crd-end/gonetabs')).toContain(
        'the server could not find the requested resource',
      );
    },
    90_000,
  );
});
