import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { NewEvent } from '#lib/log/log';
import { openLog } from '#lib/log/open-log';
import { findKubectl, Kubectl } from '../support/kubectl';
import { eventually, freePort, Program } from '../support/program';
import { OwnCluster, type Said } from './own-cluster';

interface Entry {
  readonly revision: number;
  readonly at: string;
  readonly type: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly actor: { readonly user: string };
  readonly request: { readonly id: string; readonly command?: string };
  readonly cause: readonly number[];
  readonly decision?: { readonly controller: string };
}

interface Change {
  readonly type: string;
  readonly object: { readonly metadata: { readonly namespace: string; readonly name: string; readonly resourceVersion: string } };
}

const MORE_EVENTS = 100_000;

const tested = findKubectl() ? describe : describe.skip;

/** One past, looked at from ever later presents: it stays the same to the last byte. With real kubectl on a whole cluster. */
tested('the past of a cluster', () => {
  let cluster: OwnCluster;
  let kubectl: Kubectl;
  let server: string;
  /** The moment that all look at, what kubectl showed of it while it was the present. */
  let then: number;
  let live: Record<string, string>;
  /** The last entry before the 100,000. */
  let calm: number;

  const k = (line: string, input = ''): Promise<string> => cluster.run(line, input);
  const decklog = (...args: string[]): Promise<Said> => cluster.decklog(...args);
  const raw = (path: string): Promise<string> => kubectl.run(['get', '--raw', path]);
  const head = (): Promise<number> => cluster.head();
  const linesOf = <T>(text: string): T[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  const sql = async <T>(text: string, values: unknown[] = []): Promise<T[]> => {
    const client = new Client({ connectionString: cluster.databaseUrl });
    await client.connect();
    const { rows } = await client.query(text, values).finally(() => client.end());
    return rows as T[];
  };

  /** Everything there is, as kubectl shows it in several forms: of the present, or of a server's address for a moment. */
  const shown = async (at?: number): Promise<Record<string, string>> => {
    const from = at === undefined ? '' : `--server ${server}/asof/${at} `;
    const everything = (await k('api-resources --verbs=list -o name'))
      .trim()
      .split('\n')
      .filter((name) => !/(decklog\.dev|metrics\.k8s\.io)$|^leases|^componentstatuses/.test(name))
      .join(',');
    const forms = {
      everything: `get ${everything} -A -o json`,
      all: 'get all,cm -A -o json',
      selected: 'get pods -A -l app=web -o yaml',
      'by field': 'get pods,events -A --field-selector metadata.namespace=default -o yaml',
      'in pages': 'get clusterroles --chunk-size=7 -o json',
      'own columns': 'get deployments,rs,pods -A -o custom-columns=NAME:.metadata.name,UID:.metadata.uid,STATUS:.status.phase',
    };
    const texts = await Promise.all(Object.values(forms).map((line) => k(`${from}${line}`)));
    return Object.fromEntries(Object.keys(forms).map((form, i) => [form, texts[i] ?? '']));
  };
  const shownAt = async (at: number): Promise<Record<string, string>> => ({
    ...(await shown(at)),
    leases: await k(`--server ${server}/asof/${at} get leases -A -o json`),
  });
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  const digests = (texts: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(texts).map(([form, text]) => [form, digest(text)]));
  /** Tables and discovery have an AGE or a form of their own; these are the same as of one moment whenever they are asked for. */
  const tables = (): Promise<string[]> =>
    Promise.all([
      k(`--server ${server}/asof/${then} get all -A -o wide`),
      k(`--server ${server}/asof/${then} api-resources`),
      k(`--server ${server}/asof/${then} get --raw /version`),
    ]);

  beforeAll(async () => {
    cluster = await OwnCluster.start();
    ({ kubectl, server } = cluster);
    await k('create deployment web --image=nginx:1 --replicas=3');
    await k('expose deployment web --port=80');
    await k('create secret generic key --from-literal=password=hunter2');
    await k('rollout status deployment/web --timeout=60s');
    // Nodes renew leases all the time: those are looked at by themselves, quickly. Nothing else may move while kubectl looks.
    await eventually(
      'a quiet look',
      async () => {
        then = await head();
        const leases = await k('get leases -A -o json');
        if ((await head()) !== then) return false;
        live = { ...(await shown()), leases };
        const meanwhile = linesOf<Entry>(await raw(`/decklog/v1/log?after=${then}`));
        return meanwhile.every(({ resource }) => resource === 'leases.coordination.k8s.io');
      },
      120_000,
    );
  }, 240_000);

  afterAll(() => cluster?.stop(), 60_000);

  test('N1: is to the last byte what the present was: at once, after a restart, and after 100,000 more entries', async () => {
    expect(live.everything).toContain('"kind": "Pod"');
    await k('set image deployment/web nginx=nginx:2');
    await k('delete secret key');
    await k('rollout status deployment/web --timeout=60s');
    expect(digests(await shownAt(then))).toEqual(digests(live));
    expect(digests({ ...live, ...(await shown()) })).not.toEqual(digests(live));
    const told = await tables();

    expect(await cluster.end()).toBe(0);
    await cluster.begin();
    expect(digests(await shownAt(then))).toEqual(digests(live));
    expect(await tables()).toEqual(told);

    calm = await head();
    await cluster.end();
    const last = await appendEntries(cluster.databaseUrl);
    await cluster.begin();
    expect(await head()).toBeGreaterThanOrEqual(last);
    expect(digests(await shownAt(then))).toEqual(digests(live));
    expect(await tables()).toEqual(told);
    expect(await k(`get configmap busy -o jsonpath={.data.count}`)).toBe(String(MORE_EVENTS - 1));
    expect(await k(`--server ${server}/asof/${last - MORE_EVENTS / 2} get configmap busy -o jsonpath={.data.count}`)).toBe(String(MORE_EVENTS / 2 - 1));
  }, 240_000);

  test('N2: holds each object by revision and by time, and cannot be written to', async () => {
    await k('create configmap dated --from-literal=mode=old');
    await new Promise((next) => setTimeout(next, 1_100));
    const moment = new Date().toISOString();
    await k('patch configmap dated --type=merge -p {"data":{"mode":"new"}}');
    const [first] = linesOf<Entry>(await raw('/decklog/v1/history?resource=configmaps&namespace=default&name=dated'));
    const asOf = `--server ${server}/asof/${moment}`;
    const [mode, revision] = (await k(`${asOf} get configmap dated -o jsonpath={.data.mode}|{.metadata.resourceVersion}`)).split('|');
    expect([mode, Number(revision)]).toEqual(['old', first?.revision]);
    expect(new Date(first?.at ?? '').getTime()).toBeLessThanOrEqual(new Date(moment).getTime());
    expect(await k(`--server ${server}/asof/${first?.revision} get configmap dated -o name`)).toBe('configmap/dated\n');
    expect((await kubectl.try(`--server ${server}/asof/${(first?.revision ?? 0) - 1} get configmap dated`.split(' '))).stderr).toContain('(NotFound)');

    const writes = [
      'delete configmap dated',
      'label configmap dated a=b',
      'create configmap other',
      'scale deployment web --replicas=0',
      'annotate configmaps --all a=b',
      'delete configmaps --all',
    ];
    for (const write of writes) {
      const { code, stderr } = await kubectl.try(`${asOf} ${write}`.split(' '));
      expect([write, code, stderr]).toEqual([write, 1, expect.stringMatching(/MethodNotAllowed|the past cannot be changed: revision \d+ is read-only/)]);
    }
    const written = await sql<object>('SELECT 1 FROM event WHERE at > $1 AND resource IN ($2, $3) AND name IN ($4, $5, $6)', [
      moment,
      'configmaps',
      'deployments.apps',
      'dated',
      'other',
      'web',
    ]);
    expect(written).toHaveLength(1); // the patch, which was to the present
  }, 60_000);

  test('N3: can be watched from the first entry on, and folds to what is there now', async () => {
    const changes = linesOf<Change>(await raw('/asof/1/api/v1/pods?watch=1&resourceVersion=1&timeoutSeconds=2'));
    const revisions = changes.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    const written = await sql<{ count: string }>(`SELECT count(*) FROM event WHERE resource = 'pods' AND revision <= $1`, [revisions.at(-1)]);
    expect(changes).toHaveLength(Number(written[0]?.count));
    const folded = new Map<string, object>();
    for (const { type, object } of changes) {
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      if (type === 'DELETED') folded.delete(key);
      else folded.set(key, object);
    }
    const { items } = JSON.parse(await raw('/api/v1/pods')) as { items: { metadata: { namespace: string; name: string } }[] };
    expect(items.length).toBeGreaterThan(2);
    const sorted = [...folded].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    expect(sorted).toEqual(items.map((item) => ({ kind: 'Pod', apiVersion: 'v1', ...item })));
  }, 60_000);

  test('N4: counts as many versions of an object as the table has rows', async () => {
    const [{ count = '' } = {}] = await sql<{ count: string }>(
      `SELECT count(*) FROM event WHERE resource = 'deployments.apps' AND namespace = 'default' AND name = 'web'`,
    );
    const history = JSON.parse((await decklog('history', 'deploy/web', '-o', 'json')).output) as object[];
    expect(history).toHaveLength(Number(count));
  }, 60_000);

  test('N6: every entry has an earlier cause, or a person with a command', async () => {
    const entries = linesOf<Entry>(await raw(`/decklog/v1/log?upTo=${calm}`));
    const byRevision = new Map(entries.map((entry) => [entry.revision, entry]));
    // so there can be no circle
    for (const { revision, cause } of entries) for (const earlier of cause) expect(earlier).toBeLessThan(revision);
    const roots = entries.filter(({ cause, decision }) => cause.length === 0 && !decision);
    expect(roots.filter(({ actor }) => actor.user === '')).toEqual([]);
    const byPeople = roots.filter(({ actor }) => !actor.user.startsWith('system:'));
    expect(new Set(byPeople.map(({ request }) => request.command))).toEqual(
      new Set(['kubectl create deployment', 'kubectl create secret generic', 'kubectl expose', 'kubectl set image', 'kubectl delete']),
    );
    const pods = entries.filter(({ resource, type }) => resource === 'pods' && type === 'ADDED');
    expect(pods.length).toBeGreaterThan(3);
    const rootsOf = (entry: Entry): Entry[] =>
      entry.cause.length === 0 ? [entry] : entry.cause.flatMap((revision) => rootsOf(byRevision.get(revision) as Entry));
    for (const pod of pods)
      expect(rootsOf(pod).map(({ request }) => request.command)).toEqual(
        expect.arrayContaining([expect.stringMatching(/^kubectl (create deployment|set image)$/)]),
      );
  }, 60_000);

  test('N23: is the same in a file that was exported, opened elsewhere', async () => {
    const file = (name: string): string => join(cluster.folder, name);
    expect(await decklog('export', `1..${then}`, '-o', file('one'))).toMatchObject({ code: 0 });
    expect(await decklog('verify', file('one'))).toMatchObject({ code: 0 });
    expect(await decklog('export', `1..${then}`, '-o', file('two'))).toMatchObject({ code: 0 });
    expect(readFileSync(file('two')).equals(readFileSync(file('one')))).toBe(true);
    const serve = new Program('apps/cli/main.js', ['serve', file('one'), '--port', String(await freePort())], {});
    await serve.prints('get all -A');
    const elsewhere = new Kubectl(/--kubeconfig (\S+)/.exec(serve.output)?.[1] ?? '');
    for (const list of ['get all,cm -A -o json', 'get pods -A -l app=web -o yaml']) {
      expect(await elsewhere.run(list.split(' '))).toBe(await k(`--server ${server}/asof/${then} ${list}`));
    }
    elsewhere.dispose();
    await serve.end('SIGINT');
  }, 60_000);

  test('N28: is one with every view of it', async () => {
    const sound = await decklog('fsck');
    expect(sound).toMatchObject({ code: 0, output: expect.stringMatching(/^0 mismatches/) as string });
    const { output } = await decklog('rebuild');
    expect(output).toContain('as before');
    expect(await decklog('fsck')).toMatchObject({ code: 0 });
    expect(digests(await shownAt(then))).toEqual(digests(live));
  }, 120_000);
});

/** Entries of one object, as its writer would have written them, in large batches: nobody looks on. Returns the last revision. */
async function appendEntries(url: string): Promise<number> {
  const { log, close } = await openLog({ url });
  let { revision, at } = await log.head();
  for (let count = 0; count < MORE_EVENTS;) {
    const events: NewEvent[] = [];
    for (let i = 0; i < 5_000; i++, count++) {
      const metadata = {
        name: 'busy',
        namespace: 'default',
        uid: '00000000-0000-4000-8000-0000000000b5',
        resourceVersion: String(revision + i + 1),
        creationTimestamp: at.replace(/\.\d+/, ''),
      };
      const object = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { count: String(count) } });
      events.push({
        revision: revision + i + 1,
        type: count === 0 ? 'ADDED' : 'MODIFIED',
        resource: 'configmaps',
        namespace: 'default',
        name: 'busy',
        uid: metadata.uid,
        object,
        actor: { user: 'busy' },
        request: { id: `busy-${count}`, verb: 'update' },
        cause: [],
      });
    }
    ({ revision } = await log.append(revision, events));
  }
  await close();
  return revision;
}
