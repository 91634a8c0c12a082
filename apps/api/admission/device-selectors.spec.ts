import type { ApiError } from '#lib/api/errors';
import { DeviceClass } from '#lib/api/resource/devices';
import { ResourceClaim, ResourceClaimTemplate } from '#lib/api/resource/claims';
import { anApi, type AnApi } from '../testing/an-api';

const deviceClass = (name: string, expression: string): object => ({
  apiVersion: 'resource.k8s.io/v1',
  kind: 'DeviceClass',
  metadata: { name },
  spec: { selectors: [{ cel: { expression } }] },
});

let api: AnApi;
let made = 0;
beforeAll(async () => {
  api = await anApi();
});
const refusal = async (make: Promise<unknown>): Promise<string> =>
  make.then(
    () => 'made',
    (error: ApiError) => error.message,
  );
const about = (expression: string): Promise<string> => refusal(api.create(DeviceClass, deviceClass(`class-${made++}`, expression)));

describe('an expression that selects devices', () => {
  test.each([
    'device.driver == "gpu.example.com"',
    'device.attributes["gpu.example.com"].model == "a" && device.attributes["gpu.example.com"].cores > 8',
    'device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) >= 0',
    'device.attributes["gpu.example.com"].version.isGreaterThan(semver("1.2.3"))',
    'cel.bind(gpu, device.attributes["gpu.example.com"], gpu.sharable && gpu.model.matches("^a.*"))',
    '"gpu.example.com" in device.attributes && device.attributes["gpu.example.com"].flag',
    'device.attributes.all(domain, device.attributes[domain].exists(id, id.startsWith("x")))',
    'device.allowMultipleAllocations == true',
  ])('is taken when it can be judged: %s', async (expression) => expect(await about(expression)).toBe('made'));

  test.each([
    ['device.attributes[', 'compilation failed: ERROR: <input>:1:19: Syntax error'],
    ['device.nowhere', "compilation failed: ERROR: <input>:1:7: undefined field 'nowhere'"],
    ['gpu.x', "compilation failed: ERROR: <input>:1:1: undeclared reference to 'gpu' (in container '')"],
    ['device.driver', 'must evaluate to bool or the unknown type, not string'],
  ])('is refused when not: %s', async (expression, why) => {
    const text = await about(expression);
    expect(text).toContain(`spec.selectors[0].cel.expression: Invalid value: ${JSON.stringify(expression)}: ${why}`);
  });

  test('is refused when it may cost too much', async () => {
    const nested = 'device.attributes.all(a, device.attributes[a].all(b, device.attributes.all(c, device.attributes[c].all(d, b + d != a + c))))';
    expect(await about(nested)).toContain('spec.selectors[0].cel.expression: Forbidden: too complex, exceeds cost limit');
  });

  test('is found wherever claims and templates have one', async () => {
    const bad = { deviceClassName: 'gpu', selectors: [{ cel: { expression: '1' } }] };
    const requests = [
      { name: 'a', exactly: bad },
      { name: 'b', firstAvailable: [{ ...bad, name: 'c' }] },
    ];
    const metadata = { name: 'wish' };
    const claim = await refusal(
      api.create(ResourceClaim, { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', metadata, spec: { devices: { requests } } }),
    );
    const template = await refusal(
      api.create(ResourceClaimTemplate, {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceClaimTemplate',
        metadata,
        spec: { spec: { devices: { requests } } },
      }),
    );
    for (const [text, at] of [
      [claim, 'spec'],
      [template, 'spec.spec'],
    ] as const) {
      expect(text).toContain(
        `${at}.devices.requests[0].exactly.selectors[0].cel.expression: Invalid value: "1": must evaluate to bool or the unknown type, not int`,
      );
      expect(text).toContain(`${at}.devices.requests[1].firstAvailable[0].selectors[0].cel.expression: Invalid value: "1"`);
    }
  });
});
