import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openLog } from '#lib/log/open-log';
import { verifyChain } from '#lib/log/proof/verify';
import { openBundle } from '../../apps/cli/bundle/file';
import { serveBundle, type BundleServer } from '../../apps/cli/bundle/serve';
import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import { asker, type Asker } from '../support/ask';
import { freshDatabase } from '../support/database';
import { accessFrom } from '#lib/client/kubeconfig';
import { verbsFor, type Said } from '../support/verbs';

const MAPS = '/api/v1/namespaces/default/configmaps';

describe('a bundle', () => {
  let server: ApiServer;
  let folder: string;
  let decklog: (...words: string[]) => Promise<Said>;
  let middle: number;
  const file = (name: string): string => join(folder, name);
  const exported = async (range: string, name: string): Promise<string> => {
    expect(await decklog('export', range, '-o', file(name))).toMatchObject({ code: 0 });
    return file(name);
  };
  const create = async (name: string): Promise<void> => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: name } };
    expect((await server.client()({ path: MAPS, body })).code).toBe(201);
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'decklog-bundles-'));
    server = await apiServerOnPostgres();
    decklog = await verbsFor(server);
    for (const name of ['a', 'b', 'c']) await create(name);
    middle = server.revision();
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'hush' } };
    expect((await server.client()({ path: '/api/v1/namespaces/default/secrets', body: secret })).code).toBe(201);
    expect((await server.client()({ method: 'DELETE', path: `${MAPS}/b` })).code).toBe(200);
    await create('d');
  }, 60_000);
  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is the same to the last byte when it is exported again, whatever came after', async () => {
    const range = `${middle}..${server.revision()}`;
    const first = readFileSync(await exported(range, 'one'));
    await create('later');
    await decklog('head', '--sign');
    expect(readFileSync(await exported(range, 'two')).equals(first)).toBe(true);
    expect(await decklog('export', '1..999999', '-o', file('no'))).toMatchObject({ code: 1, output: expect.stringContaining('is in the future') });
    expect(existsSync(file('no'))).toBe(false);
  }, 60_000);

  test('proves itself, and any change in it is found', async () => {
    const path = await exported(`${middle}..${server.revision()}`, 'b');
    expect(await decklog('verify', path, '--key', join(server.pkiDir, 'log.pub'))).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^ok: 4 entries, .* signed by the key given/),
    });
    const text = gunzipSync(readFileSync(path)).toString();
    const changed = async (change: (lines: string[]) => string[]): Promise<string> => {
      writeFileSync(file('x'), gzipSync(change(text.trimEnd().split('\n')).join('\n')));
      const { code, output } = await decklog('verify', file('x'));
      expect(code).toBe(1);
      return output;
    };
    expect(await changed((lines) => lines.map((line) => line.replace('\\"a\\":\\"c\\"', '\\"a\\":\\"x\\"')))).toContain(`entry ${middle} was changed`);
    expect(await changed((lines) => lines.map((line) => line.replace('\\"a\\":\\"a\\"', '\\"a\\":\\"x\\"')))).toMatch(/entry \d+ was changed/);
    expect(await changed((lines) => lines.filter((line) => !line.includes(`"entry":{"revision":${middle + 1},`)))).toContain(`entry ${middle + 1} is missing`);
    expect(await changed((lines) => lines.filter((line) => !line.includes(`"entry":{"revision":${middle + 3},`)))).toContain(`entry ${middle + 3} is missing`);
    expect(await changed((lines) => lines.filter((_, i) => i !== 1))).toContain('do not lead to the root');
    expect(await changed((lines) => lines.slice(0, -1))).toContain('cut off');
    writeFileSync(file('y'), readFileSync(path).subarray(0, 2_000));
    expect(await decklog('verify', file('y'))).toMatchObject({ code: 1, output: expect.stringContaining('cannot be read') });
  }, 60_000);

  describe('that is served', () => {
    let bundle: BundleServer;
    let ask: Asker;
    beforeEach(async () => {
      const path = await exported(`${middle}..${server.revision()}`, 'b');
      bundle = await serveBundle(await openBundle(path), '127.0.0.1', 0);
      const { ca = '', certificate = '', key = '' } = accessFrom(bundle.kubeconfig);
      ask = asker(bundle.port, ca, { certificate, key } as never, 'HTTP/1.1');
    }, 60_000);
    afterEach(async () => {
      ask.close();
      await bundle.stop();
    });

    test('answers as the cluster did: now, and at every moment it holds', async () => {
      const lists = [
        '/api/v1/configmaps',
        '/api/v1/namespaces',
        '/apis/rbac.authorization.k8s.io/v1/clusterroles',
        '/api/v1/services',
        '/api/v1/secrets?fieldSelector=metadata.name%3Dnone',
      ];
      for (const list of lists) {
        expect((await ask({ path: list })).text).toBe((await server.client()({ path: list })).text);
        for (const at of [middle - 1, middle, middle + 2])
          expect((await ask({ path: `/asof/${at}${list}` })).text).toBe((await server.client()({ path: `/asof/${at}${list}` })).text);
      }
      const secret = (await ask({ path: '/api/v1/namespaces/default/secrets/s' })).json<{ data: { a: string } }>();
      expect(Buffer.from(secret.data.a, 'base64').toString()).toBe('<shredded>');
      const why = await ask({ path: '/decklog/v1/why?resource=configmaps&namespace=default&name=b' });
      expect(why.json<{ gone: boolean }>().gone).toBe(true);
    }, 60_000);

    test('refuses what it does not hold, and every change', async () => {
      expect((await ask({ path: `/asof/${middle - 2}${MAPS}` })).json()).toMatchObject({
        code: 410,
        message: expect.stringContaining(`before revision ${middle - 1} is not in this bundle`),
      });
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new' } };
      expect((await ask({ path: MAPS, body })).json()).toMatchObject({ code: 405, message: expect.stringContaining('it can only be read') });
      expect((await ask({ path: `${MAPS}?dryRun=All`, body })).code).toBe(405);
      expect((await ask({ method: 'DELETE', path: `${MAPS}/a` })).code).toBe(405);
    }, 60_000);
  });

  test('from the first entry on becomes the log of a new cluster, hash for hash', async () => {
    const path = await exported(`1..${server.revision()}`, 'all');
    const { hash } = await server.log.head();
    const database = await freshDatabase();
    expect(await decklog('import', path, '--database-url', database.url)).toMatchObject({ code: 0 });
    expect(await decklog('import', path, '--database-url', database.url)).toMatchObject({ code: 1, output: 'the log to import into is not empty' });
    const opened = await openLog({ url: database.url });
    expect(await opened.log.head()).toMatchObject({ revision: server.revision(), hash });
    expect(await verifyChain(opened.log)).toMatchObject({ ok: true });
    await opened.close();
    await database.drop();
    const part = await exported(`2..${server.revision()}`, 'part');
    const other = await freshDatabase();
    expect(await decklog('import', part, '--database-url', other.url)).toMatchObject({
      code: 1,
      output: expect.stringContaining('only a bundle from revision 1 on'),
    });
    await other.drop();
  }, 60_000);

  test('of a log that was pruned proves itself too', async () => {
    const yaml = file('r.yaml');
    writeFileSync(yaml, 'kind: RetentionPolicy\nresources: {configmaps: 0s}\n');
    expect(await decklog('retention', 'apply', '-f', yaml)).toMatchObject({ code: 0 });
    const path = await exported(`1..${server.revision()}`, 'all');
    expect(await decklog('verify', path)).toMatchObject({ code: 0 });
    const bundle = await openBundle(path);
    expect(bundle.pruned.length).toBeGreaterThan(0);
    const served = await serveBundle(bundle, '127.0.0.1', 0);
    const { ca = '', certificate = '', key = '' } = accessFrom(served.kubeconfig);
    const ask = asker(served.port, ca, { certificate, key } as never, 'HTTP/1.1');
    expect((await ask({ path: `/asof/${middle}${MAPS}` })).code).toBe(410);
    expect((await ask({ path: MAPS })).json<{ items: object[] }>().items).toHaveLength(3);
    for (const path of ['fsck', 'prove?revision=1', 'export?from=1&to=2'])
      expect((await ask({ path: `/decklog/v1/${path}` })).json()).toMatchObject({
        code: 400,
        message: expect.stringContaining('of which this bundle is a part'),
      });
    ask.close();
    await served.stop();
    const database = await freshDatabase();
    expect(await decklog('import', path, '--database-url', database.url)).toMatchObject({ code: 0 });
    const opened = await openLog({ url: database.url });
    expect(await verifyChain(opened.log)).toMatchObject({ ok: true, pruned: bundle.pruned.length });
    await opened.close();
    await database.drop();
  }, 60_000);
});
