import { ConfigMap } from '#lib/api/core/configmap';
import { Change } from '#lib/api/decklog/change';
import { Request } from '#lib/api/decklog/request';
import { kinds } from '#lib/api/kinds';
import { parseFieldSelector } from '#lib/api/validation/field-selectors';
import { HistoryAccess } from '../history/access';
import { anApi, type AnApi } from '../testing/an-api';
import { viewOf, type ViewQuery } from './views';

const ADMIN = { name: 'admin', groups: ['system:masters'] };

const queryOf = ({ kernel }: AnApi, selector = '', but: Partial<ViewQuery> = {}, user = ADMIN): ViewQuery => ({
  kernel,
  access: new HistoryAccess(kernel.authorizer, user),
  namespace: '',
  upTo: kernel.world.revision,
  limit: 500,
  fields: parseFieldSelector(Change, selector),
  ...but,
});

/** Three entries of `app` and one of `other`. */
async function withChanges(): Promise<AnApi> {
  const api = await anApi();
  const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '1' } });
  await api.create(ConfigMap, map('app'));
  await api.change(ConfigMap, 'default', 'app', (current) => ({ ...current, ...{ data: { a: '2' } } }) as never);
  await api.create(ConfigMap, map('other'));
  await api.remove(ConfigMap, 'default', 'app');
  return api;
}

describe('the log as objects', () => {
  const changes = viewOf(Change);
  const told = async (api: AnApi, selector = '', but: Partial<ViewQuery> = {}, user = ADMIN): Promise<unknown[]> =>
    ((await changes.newest(queryOf(api, selector, but, user))) as Change[]).map(({ spec }) => [spec.type, spec.name, spec.summary]);

  test('lists entries that pass the fields, the newest last', async () => {
    const api = await withChanges();
    const app = [
      ['ADDED', 'app', 'created'],
      ['MODIFIED', 'app', 'changed data.a'],
      ['DELETED', 'app', 'deleted'],
    ];
    expect(await told(api, 'resource=configmaps,name=app')).toEqual(app);
    expect(await told(api, 'resource=configmaps,namespace=default')).toEqual([...app.slice(0, 2), ['ADDED', 'other', 'created'], app[2]]);
    expect(await told(api, 'name=app,type!=MODIFIED')).toEqual([app[0], app[2]]);
    expect(await told(api, 'user=nobody')).toEqual([]);
    expect(await told(api, 'name=app', { limit: 2 })).toEqual(app.slice(1));
    expect(await told(api, 'name=app', { upTo: api.kernel.world.revision - 1 })).toEqual(app.slice(0, 2));
  });

  test('names each entry by its revision', async () => {
    const api = await withChanges();
    const { revision } = api.kernel.world;
    const one = (await changes.one(queryOf(api), String(revision))) as Change;
    expect(one).toMatchObject({
      metadata: { name: String(revision), resourceVersion: String(revision) },
      spec: { type: 'DELETED', name: 'app', user: 'alice' },
    });
    expect(((await changes.newest(queryOf(api))) as Change[]).at(-1)).toEqual(one);
    for (const name of ['0', 'x', '-1', '01', String(revision + 1)]) expect(await changes.one(queryOf(api), name)).toBeUndefined();
  });

  test('shows nobody what he may not see', async () => {
    const api = await withChanges();
    const bob = { name: 'bob', groups: ['system:authenticated'] };
    expect(await told(api, '', {}, bob)).toEqual([]);
    expect(await changes.one(queryOf(api, '', {}, bob), String(api.kernel.world.revision))).toBeUndefined();
  });

  test('goes on as entries come, until it is told to end', async () => {
    const api = await withChanges();
    const ended = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const page of changes.follow?.(queryOf(api, 'name=new'), api.kernel.world.revision - 1, ended.signal) ?? []) {
        seen.push(...(page as Change[]).map(({ spec }) => spec.summary));
        if (seen.length === 1) ended.abort();
      }
    })();
    await api.create(ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new' } });
    await following;
    expect(seen).toEqual(['created']);
  });
});

test('the record of requests is for those who may see all of history', async () => {
  const api = await anApi();
  const record = {
    id: 'r-7',
    at: '2026-01-31T12:00:00.500Z',
    took_ms: 2,
    level: 'Metadata',
    user_name: 'eve',
    groups: [],
    verb: 'get',
    resource: 'secrets',
    subresource: '',
    namespace: 'default',
    name: 's',
    path: '/x',
    code: 403,
    verdict: 'denied',
    reason: 'Forbidden',
    message: 'no',
    revision: 5,
  } as const;
  await api.kernel.keeper.requests.write([record, { ...record, id: 'r-8', code: 404, verdict: 'refused' }]);
  const requests = viewOf(Request);
  const fields = (selector: string): Partial<ViewQuery> => ({ fields: parseFieldSelector(Request, selector) });
  expect(await requests.newest(queryOf(api, '', fields('user=eve,code=403')))).toMatchObject([
    { metadata: { name: 'r-7', creationTimestamp: '2026-01-31T12:00:00Z' }, status: { verdict: 'denied' } },
  ]);
  expect(await requests.one(queryOf(api, '', fields('')), 'r-8')).toMatchObject({ spec: { user: 'eve', resource: 'secrets' }, status: { code: 404 } });
  await expect(requests.newest(queryOf(api, '', fields(''), { name: 'bob', groups: [] }))).rejects.toThrow('cannot history');
});

test('every kind that is a view can be read, and only read', () => {
  for (const kind of kinds.filter(({ view }) => view)) {
    expect(viewOf(kind).kind).toBe(kind);
    expect(kind.verbs.filter((verb) => !['get', 'list', 'watch'].includes(verb))).toEqual([]);
  }
  expect(() => viewOf(ConfigMap)).toThrow('nothing makes its objects');
});
