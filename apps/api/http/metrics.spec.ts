import { labelsOfPath, metricsText, Observed, watchCounter } from './metrics';
import { labelsOfRefused, labelsOfRequest } from './request-labels';
import { anApi } from '../testing/an-api';
import { serverMetrics } from './server-metrics';

const request = (method: string, url = '/', headers = {}) => ({ method, url, headers }) as never;
const target = {
  what: 'resource',
  group: 'apps',
  version: 'v1',
  namespace: 'default',
  resource: 'deployments',
  name: '',
  subresource: '',
  watch: false,
} as const;
const exchange = (method: string, query = '', headers = {}) => ({ request: request(method, '/', headers), query: new URLSearchParams(query), method }) as never;
const value = async (start: string): Promise<string | undefined> => (await metricsText()).split('\n').find((line) => line.startsWith(start));

describe('metrics of requests', () => {
  test("have upstream's names and labels", async () => {
    const labels = labelsOfRequest(exchange('GET'), target, 'list');
    const observed = new Observed(request('GET'));
    expect(await value('apiserver_current_inflight_requests{request_kind="readOnly"}')).toMatch(/ 1$/);
    observed.about(labels);
    observed.closed({ statusCode: 200 } as never);
    expect(await value('apiserver_request_total{')).toBe(
      'apiserver_request_total{code="200",component="apiserver",dry_run="",group="apps",resource="deployments",scope="namespace",subresource="",verb="LIST",version="v1"} 1',
    );
    const all = 'component="apiserver",dry_run="",group="apps",le="60",resource="deployments",scope="namespace",subresource="",verb="LIST",version="v1"';
    expect(await value(`apiserver_request_duration_seconds_bucket{${all}`)).toMatch(/ 1$/);
    expect(await value('apiserver_current_inflight_requests{request_kind="readOnly"}')).toMatch(/ 0$/);
  });

  test('tell dry runs, applies and single objects', () => {
    expect(
      labelsOfRequest(exchange('PATCH', 'dryRun=All', { 'content-type': 'application/apply-patch+yaml' }), { ...target, name: 'web' }, 'patch'),
    ).toMatchObject({ verb: 'APPLY', scope: 'resource', dryRun: 'All' });
    expect(labelsOfRequest(exchange('POST'), target, 'create')).toMatchObject({ verb: 'POST', scope: 'resource', dryRun: '' });
  });

  test('keep watches apart: they are open, and take no time', async () => {
    const observed = new Observed(request('GET'));
    observed.about(labelsOfRequest(exchange('GET'), { ...target, namespace: '' }, 'watch'));
    watchCounter({ group: 'apps', version: 'v1', plural: 'deployments' }).count += 2;
    const open =
      'apiserver_longrunning_requests{component="apiserver",group="apps",resource="deployments",scope="cluster",subresource="",verb="WATCH",version="v1"}';
    expect(await value(open)).toBe(`${open} 1`);
    expect(await value('apiserver_current_inflight_requests{request_kind="readOnly"}')).toMatch(/ 0$/);
    expect(await value('apiserver_watch_events_total{group="apps",resource="deployments",version="v1"}')).toMatch(/ 2$/);
    observed.closed({ statusCode: 200 } as never);
    expect(await value(open)).toBe(`${open} 0`);
    expect(await metricsText()).not.toMatch(/duration_seconds_count\{[^}]*WATCH/);
  });

  test('name a refused request by what is served, and nothing that a client invents', async () => {
    const { kernel } = await anApi();
    const of = (method: string, url: string) => labelsOfRefused(request(method, url), kernel.world.custom);
    expect(of('GET', '/apis/apps/v1/namespaces/a/deployments?limit=1')).toMatchObject({
      verb: 'LIST',
      group: 'apps',
      resource: 'deployments',
      scope: 'namespace',
    });
    expect(of('DELETE', '/apis/apps/v1/namespaces/a/deployments/b')).toMatchObject({ verb: 'DELETE', scope: 'resource' });
    expect(of('BREW', '/apis/coffee/v1/pots')).toEqual(labelsOfPath('BREW', '/coffee'));
    expect(labelsOfPath('BREW', '/coffee')).toMatchObject({ verb: 'OTHER', subresource: '' });
  });

  test('come with what can be seen when they are asked for', async () => {
    const { kernel } = await anApi();
    const text = await metricsText(serverMetrics(kernel));
    expect(text).toMatch(/^apiserver_storage_objects\{resource="namespaces"\} 4$/m);
    expect(text).toMatch(/^aggregator_unavailable_apiservice\{name="v1.apps"\} 0$/m);
    expect(text).toMatch(/^apiserver_flowcontrol_nominal_limit_seats\{priority_level="global-default"\} \d+$/m);
    expect(text).toMatch(/^scheduler_pending_pods\{queue="active"\} 0$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    const names = text
      .split('\n')
      .filter((line) => line.startsWith('# TYPE'))
      .map((line) => line.split(' ')[2]);
    expect(new Set(names).size).toBe(names.length);
  });
});
