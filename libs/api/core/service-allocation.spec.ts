import type { ApiError } from '#lib/api/errors';
import { created, updated } from '#lib/api/testing/given-kind';
import { parseCIDR, type Block } from '#lib/api/validation/ip';
import { Service } from './service';
import { allocateService, SERVICE_RANGE, type Taken } from './service-allocation';

const BLOCKS = [parseCIDR(SERVICE_RANGE) as Block];

const taken = (ips: readonly string[] = [], ports: readonly number[] = []): Taken => ({ ip: (ip) => ips.includes(ip), port: (port) => ports.includes(port) });
const allocate = (spec: string, others = taken(), random = 0): Service['spec'] =>
  allocateService(created(Service, `spec: {${spec}}`), undefined, others, () => random, BLOCKS);
const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect((error as ApiError).code).toBe(422);
    return (error as ApiError).message;
  }
  return 'allocated';
};

describe('allocation', () => {
  test('draws an address above the band that is left for wishes', () => {
    expect(allocate('ports: [{port: 80}]')).toMatchObject({
      clusterIP: '10.96.1.0',
      clusterIPs: ['10.96.1.0'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    });
    expect(allocate('ports: [{port: 80}]', taken(), 0.9999999).clusterIP).toBe('10.96.255.254');
    expect(allocate('ports: [{port: 80}]', taken(['10.96.255.254']), 0.9999999).clusterIP).toBe('10.96.1.0');
  });

  test('falls back to the band when the rest is gone, but never to the address of the API', () => {
    const full: Taken = { ip: (ip) => ip !== '10.96.0.1' && ip !== '10.96.0.7', port: () => false };
    expect(allocate('ports: [{port: 80}]', full).clusterIP).toBe('10.96.0.7');
    expect(() => allocate('ports: [{port: 80}]', { ip: (ip) => ip !== '10.96.0.1', port: () => false })).toThrow(
      'failed to allocate a serviceIP: range is full',
    );
  });

  test('takes addresses of a second range when the first is full, and grants wishes there', () => {
    const blocks = ['10.96.0.0/16', '10.112.0.0/29'].map((cidr) => parseCIDR(cidr) as Block);
    const draft = created(Service, 'spec: {ports: [{port: 80}]}');
    const first: Taken = { ip: (ip) => ip.startsWith('10.96.') || ip === '10.112.0.2', port: () => false };
    expect(allocateService(draft, undefined, first, () => 0, blocks).clusterIP).toBe('10.112.0.3');
    expect(() => allocateService(draft, undefined, { ...first, ip: () => true }, () => 0, blocks)).toThrow('range is full');
    expect(allocateService(created(Service, 'spec: {clusterIP: 10.112.0.1}'), undefined, taken(), () => 0, blocks).clusterIP).toBe('10.112.0.1');
  });

  test('grants wishes', () => {
    expect(allocate('clusterIP: 10.96.0.1, ports: [{port: 443}]').clusterIPs).toEqual(['10.96.0.1']);
    expect(allocate('type: NodePort, ports: [{port: 80, nodePort: 30001}]').ports?.[0]?.nodePort).toBe(30001);
  });

  test.each([
    ['clusterIP: 10.96.0.10', 'spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated'],
    [
      'clusterIP: 10.97.0.1',
      'spec.clusterIPs: Invalid value: ["10.97.0.1"]: failed to allocate IP 10.97.0.1: the provided network does not match the current range',
    ],
    [
      'clusterIP: 10.96.255.255',
      'spec.clusterIPs: Invalid value: ["10.96.255.255"]: failed to allocate IP 10.96.255.255: the provided network does not match the current range',
    ],
    ['type: NodePort, ports: [{port: 80, nodePort: 30080}]', 'spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated'],
    [
      'type: NodePort, ports: [{port: 80, nodePort: 80}]',
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
    ['ipFamilyPolicy: RequireDualStack', 'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services'],
    ['ipFamilies: [IPv6]', 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'],
    ['clusterIP: "2001:db8::1"', 'spec.clusterIPs[0]: Invalid value: ["2001:db8::1"]: IPv6 is not configured on this cluster'],
    [
      'ipFamilies: [IPv4, IPv6]',
      `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
    ],
  ])('refuses %s', (spec, text) => {
    expect(refusal(() => allocate(spec, taken(['10.96.0.10'], [30080])))).toBe(`Service "x" is invalid: ${text}`);
  });

  test('draws a node port for every port, and one for both protocols of the same', () => {
    const spec = allocate('type: NodePort, ports: [{port: 53, name: a}, {port: 53, name: b, protocol: UDP}, {port: 80, name: c}]', taken([], [30086]));
    expect(spec.ports?.map((port) => port.nodePort)).toEqual([30087, 30087, 30088]);
  });

  test('draws none for a load balancer that wants none, but a health check port where it is needed', () => {
    const spec = allocate('type: LoadBalancer, externalTrafficPolicy: Local, allocateLoadBalancerNodePorts: false, ports: [{port: 80}]');
    expect([spec.ports?.[0]?.nodePort, spec.healthCheckNodePort]).toEqual([undefined, 30086]);
  });

  test('leaves headless and external Services without address', () => {
    expect(allocate('clusterIP: None, selector: {a: b}')).toMatchObject({ clusterIPs: ['None'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
    expect(allocate('clusterIP: None')).toMatchObject({ ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' });
    expect(allocate('type: ExternalName, externalName: a').clusterIPs).toBeUndefined();
  });

  test('an update keeps what the Service has, though it is taken: by itself', () => {
    const before = created(
      Service,
      'spec: {type: NodePort, ports: [{port: 80, nodePort: 30080}], clusterIP: 10.96.0.10, ipFamilies: [IPv4], ipFamilyPolicy: SingleStack}',
    );
    const after = updated(Service, before, 'spec: {type: NodePort, ports: [{port: 80, name: a}, {port: 81, name: b, nodePort: 30080}]}');
    const spec = allocateService(after, before, taken(['10.96.0.10'], [30080]), () => 0, BLOCKS);
    expect([spec.clusterIP, spec.ports?.map((port) => port.nodePort)]).toEqual(['10.96.0.10', [30086, 30080]]);
  });

  test('an external name that becomes a Service gets an address', () => {
    const before = created(Service, 'spec: {type: ExternalName, externalName: a}');
    const after = updated(Service, before, 'spec: {ports: [{port: 80}]}');
    expect(allocateService(after, before, taken(), () => 0, BLOCKS)).toMatchObject({ clusterIP: '10.96.1.0', ipFamilies: ['IPv4'] });
  });

  test('does not touch the object it was given', () => {
    const service = created(Service, 'spec: {type: NodePort, ports: [{port: 80}]}');
    const before = structuredClone(service);
    allocateService(service, undefined, taken(), () => 0, BLOCKS);
    expect(service).toEqual(before);
  });
});
