import { complaints, created, headings, row, stepComplaints, texts } from '#lib/api/testing/given-kind';
import { Ingress } from './ingress';
import { IngressClass } from './ingressclass';
import { IPAddress } from './ipaddress';
import { NetworkPolicy } from './networkpolicy';
import { ServiceCIDR } from './servicecidr';

const BACKEND = 'backend: {service: {name: web, port: {number: 80}}}';
const RULES = (path: string): string => `rules: [{host: a.example.com, http: {paths: [{${path}}]}}]`;

describe('ingresses', () => {
  test.each([
    ['a good one', `ingressClassName: nginx, ${RULES(`path: /, pathType: Prefix, ${BACKEND}`)}, tls: [{hosts: ["*.example.com"], secretName: tls}]`, []],
    ['somebody must answer', '', ['spec: Invalid value: []: either `defaultBackend` or `rules` must be specified']],
    ['a path has a type', RULES(`path: /, ${BACKEND}`), ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified']],
    [
      'a path is absolute and plain',
      RULES(`path: a//b/.., pathType: Exact, ${BACKEND}`),
      [
        'spec.rules[0].http.paths[0].path: Invalid value: "a//b/..": must be an absolute path',
        'spec.rules[0].http.paths[0].path: Invalid value: "a//b/..": must not contain \'//\'',
        'spec.rules[0].http.paths[0].path: Invalid value: "a//b/..": cannot end with \'/..\'',
      ],
    ],
    [
      'a backend has one port',
      'defaultBackend: {service: {name: web, port: {name: http, number: 80}}}',
      ['spec.defaultBackend: Invalid value: "": cannot set both port name & port number'],
    ],
    ['a backend has a port', 'defaultBackend: {service: {name: web}}', ['spec.defaultBackend: Required value: port name or number is required']],
    ['a backend is something', 'defaultBackend: {}', ['spec.defaultBackend: Invalid value: "": resource or service backend is required']],
    ['a host is no address', 'rules: [{host: 10.0.0.1}]', ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address']],
  ])('%s', (_, spec, wanted) => {
    expect(complaints(Ingress, `spec: {${spec}}`)).toEqual(wanted);
  });

  test('the class is said once', () => {
    const both = `{metadata: {annotations: {kubernetes.io/ingress.class: a}}, spec: {ingressClassName: b, defaultBackend: {service: {name: web, port: {name: http}}}}}`;
    expect(complaints(Ingress, both)).toEqual([
      'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
    ]);
    expect(Ingress.warnings?.(created(Ingress, both), undefined)).toEqual([
      `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
    ]);
  });

  test('a status has good addresses', () => {
    const ingress = created(Ingress, '');
    expect(ingress.status).toEqual({ loadBalancer: {} });
    const status = { loadBalancer: { ingress: [{ ip: '1.2.3' }, { hostname: '1.2.3.4' }] } };
    expect(texts(Ingress.validateStatus?.({ ...ingress, status }, ingress) ?? [])).toEqual([
      'status.loadBalancer.ingress[0].ip: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
    ]);
  });

  test('are shown with their hosts', () => {
    expect(headings(Ingress as never)).toEqual(['Name', 'Class', 'Hosts', 'Address', 'Ports', 'Age']);
    const spec = 'spec: {rules: [{host: a}, {host: b}, {host: c}, {host: d}, {}], tls: [{}]}';
    expect(row(Ingress, `{${spec}, status: {loadBalancer: {ingress: [{ip: 2.2.2.2}, {hostname: lb}]}}}`)).toEqual([
      'x',
      '<none>',
      'a,b,c + 2 more...',
      '2.2.2.2,lb',
      '80, 443',
      '4m5s',
    ]);
    expect(row(Ingress, 'spec: {ingressClassName: nginx, defaultBackend: {}}')).toEqual(['x', 'nginx', '*', '', '80', '4m5s']);
  });
});

describe('ingress classes', () => {
  test('parameters are of the cluster unless they say otherwise', () => {
    const spec = (more: string): string => `spec: {controller: example.com/ingress, parameters: {apiGroup: k8s.example.com, kind: Parameters, name: p${more}}}`;
    expect(created(IngressClass, spec('')).spec.parameters?.scope).toBe('Cluster');
    expect(complaints(IngressClass, spec(', scope: Namespace'))).toEqual([
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ]);
    expect(complaints(IngressClass, spec(', namespace: a'))).toEqual(["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"]);
    expect(complaints(IngressClass, 'spec: {}')).toEqual(['spec.controller: Required value']);
    expect(stepComplaints(IngressClass, 'spec: {controller: a.b/c}', 'spec: {controller: a.b/d}')).toEqual([
      'spec.controller: Invalid value: "a.b/d": field is immutable',
    ]);
    expect(row(IngressClass, spec(''))).toEqual(['x', 'example.com/ingress', 'Parameters.k8s.example.com/p', '4m5s']);
  });
});

describe('network policies', () => {
  test('are about what comes in, and about what goes out when they speak of it', () => {
    expect(created(NetworkPolicy, 'spec: {podSelector: {}, ingress: [{ports: [{port: 80}]}]}').spec).toEqual({
      podSelector: {},
      ingress: [{ ports: [{ port: 80, protocol: 'TCP' }] }],
      policyTypes: ['Ingress'],
    });
    expect(created(NetworkPolicy, 'spec: {egress: [{}]}').spec.policyTypes).toEqual(['Ingress', 'Egress']);
  });

  test.each([
    ['a peer is somebody', 'ingress: [{from: [{}]}]', ['spec.ingress[0].from[0]: Required value: must specify a peer']],
    [
      'a block stands alone',
      'egress: [{to: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]',
      ['spec.egress[0].to[0]: Forbidden: may not specify both ipBlock and another peer'],
    ],
    [
      'exceptions are inside',
      'ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/16, except: [10.0.1.0/24, 10.1.0.0/24]}}]}]',
      ['spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: "10.1.0.0/24": must be a strict subset of `cidr`'],
    ],
    [
      'ports',
      'ingress: [{ports: [{port: 0}, {port: 90, endPort: 80}, {port: http, endPort: 80}, {protocol: ICMP}]}]',
      [
        'spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'spec.ingress[0].ports[1].endPort: Invalid value: 90: must be greater than or equal to `port`',
        'spec.ingress[0].ports[2].endPort: Invalid value: 80: may not be specified when `port` is non-numeric',
        'spec.ingress[0].ports[3].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
      ],
    ],
    ['types', 'policyTypes: [Sideways]', ['spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"']],
  ])('%s', (_, spec, wanted) => {
    expect(complaints(NetworkPolicy, `spec: {podSelector: {}, ${spec}}`)).toEqual(wanted);
  });

  test('are shown with their pods', () => {
    expect(row(NetworkPolicy, 'spec: {podSelector: {matchLabels: {app: db}}}')).toEqual(['x', 'app=db', '4m5s']);
    expect(row(NetworkPolicy, 'spec: {podSelector: {}}')[1]).toBe('<none>');
  });
});

test('addresses and ranges are what their names say', () => {
  const parent = 'spec: {parentRef: {resource: services, namespace: default, name: web}}';
  expect(complaints(IPAddress, `{metadata: {name: 10.0.0.1}, ${parent}}`)).toEqual([]);
  expect(complaints(IPAddress, 'metadata: {name: web}')).toEqual([
    'metadata.name: Invalid value: "web": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    'spec.parentRef: Required value',
  ]);
  expect(row(IPAddress, parent)).toEqual(['x', 'services/default/web', '4m5s']);
  expect(complaints(ServiceCIDR, 'spec: {cidrs: [10.0.0.0/16, 10.1.0.0/16]}')[0]).toMatch(/may specify no more than one IP for each IP family/);
  expect(complaints(ServiceCIDR, 'spec: {}')).toEqual(['spec.cidrs: Required value: at least one CIDR required']);
  expect(stepComplaints(ServiceCIDR, 'spec: {cidrs: [10.0.0.0/16]}', 'spec: {cidrs: [10.0.0.0/17]}')).toEqual([
    'spec.cidrs: Invalid value: ["10.0.0.0/17"]: field is immutable',
  ]);
});
