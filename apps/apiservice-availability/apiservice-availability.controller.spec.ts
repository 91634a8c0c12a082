import { APIService } from '#lib/api/apiregistration/apiservice';
import { EndpointSlice } from '#lib/api/discovery/endpointslice';
import { build } from '#lib/reconcile/testing/builders/object';
import { aService } from '#lib/reconcile/testing/builders/service';
import { given, worldOf } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { apiServiceAvailability } from './apiservice-availability.controller';

const controller = apiServiceAvailability(async () => ({}));
const decide = given(controller);
const anAPIService = (conditions: object[] = [], service: object | null = { namespace: 'default', name: 'web', port: 443 }): APIService =>
  build(
    APIService,
    { name: 'v1.example.com' },
    { spec: { group: 'example.com', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1, ...(service && { service }) }, status: { conditions } },
  );
const service = aService({ ports: [{ name: 'https', port: 443, targetPort: 8443 }] });
const aSlice = (ready = true, port = 'https'): EndpointSlice =>
  build(EndpointSlice, { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } }, {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }],
    ports: [{ name: port, port: 8443, protocol: 'TCP' }],
  } as never);
const said = (status: string, reason: string, message: string) => ({
  do: 'setStatus',
  status: { conditions: [{ type: 'Available', status, reason, message, lastTransitionTime: secondsAgo(0) }] },
});

describe('apiservice-availability', () => {
  test('a local one is always available', () => {
    expect(decide(anAPIService([], null))).toMatchObject([said('True', 'Local', 'Local APIServices are always available')]);
  });

  test.each([
    ['no service', [], 'ServiceNotFound', 'service/web in "default" is not present'],
    ['another port', [aService()], 'ServicePortError', 'service/web in "default" is not listening on port 443'],
    ['no slices', [service], 'EndpointsNotFound', 'cannot find endpointslices for service/web in "default"'],
    ['nobody ready', [service, aSlice(false)], 'MissingEndpoints', 'endpointslices for service/web in "default" have no addresses with port name "https"'],
    [
      'no such port behind it',
      [service, aSlice(true, 'http')],
      'MissingEndpoints',
      'endpointslices for service/web in "default" have no addresses with port name "https"',
    ],
  ])('with %s nobody is asked', async (_, world, reason, message) => {
    expect(decide(anAPIService(), ...world)).toMatchObject([said('False', reason, message)]);
    expect(await controller.gather?.(anAPIService(), worldOf(...world), NOW)).toEqual({});
  });

  test('one that answers has passed, and is asked again later', () => {
    expect(decide(anAPIService(), service, aSlice())).toMatchObject([
      said('True', 'Passed', 'all checks passed'),
      { do: 'wake', at: new Date(NOW.getTime() + 30_000) },
    ]);
  });

  test('one that does not is asked again soon, and ever more seldom', () => {
    const failing = decide.knowing({ failure: 'no' });
    const since = (seconds: number) =>
      anAPIService([{ type: 'Available', status: 'False', reason: 'FailedDiscoveryCheck', message: 'no', lastTransitionTime: secondsAgo(seconds) }]);
    expect(failing(anAPIService(), service, aSlice())).toMatchObject([
      said('False', 'FailedDiscoveryCheck', 'no'),
      { do: 'wake', at: new Date(NOW.getTime() + 500) },
    ]);
    expect(failing(since(40), service, aSlice())).toEqual([{ do: 'wake', at: new Date(NOW.getTime() + 10_000) }]);
    expect(failing(since(4000), service, aSlice())).toEqual([{ do: 'wake', at: new Date(NOW.getTime() + 30_000) }]);
  });

  test('the time of a condition stays while its status does', () => {
    const before = anAPIService([{ type: 'Available', status: 'False', reason: 'ServiceNotFound', message: '', lastTransitionTime: secondsAgo(60) }]);
    expect(decide(before, service)).toMatchObject([{ status: { conditions: [{ reason: 'EndpointsNotFound', lastTransitionTime: secondsAgo(60) }] } }]);
  });

  test('a service and its slices wake those that they serve', () => {
    const world = worldOf(anAPIService(), service);
    const keys = controller.watches?.map((watch) => [
      ...watch.keys({ revision: 2, type: 'ADDED', kind: watch.kind, object: watch.kind.kind === 'Service' ? service : aSlice() }, world),
    ]);
    expect(keys).toEqual([['v1.example.com'], ['v1.example.com']]);
  });
});
