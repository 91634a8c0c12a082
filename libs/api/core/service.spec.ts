import { bodyOf, complaints, created, row, stepComplaints, texts, updated, yamlOf } from '#lib/api/testing/given-kind';
import { Service } from './service';

const WEB = 'selector: {app: web}, ports: [{port: 80}]';

describe('services', () => {
  test.each([
    [
      'a cluster IP is the default',
      `{spec: {${WEB}}}`,
      `
      spec:
        selector: {app: web}
        ports: [{port: 80, protocol: TCP, targetPort: 80}]
        sessionAffinity: None
        type: ClusterIP
        internalTrafficPolicy: Cluster
      status: {loadBalancer: {}}`,
    ],
    [
      'a load balancer opens node ports',
      '{spec: {type: LoadBalancer, sessionAffinity: ClientIP, ports: [{port: 80, targetPort: web, protocol: UDP}]}}',
      `
      spec:
        type: LoadBalancer
        sessionAffinity: ClientIP
        ports: [{port: 80, targetPort: web, protocol: UDP}]
        sessionAffinityConfig: {clientIP: {timeoutSeconds: 10800}}
        externalTrafficPolicy: Cluster
        internalTrafficPolicy: Cluster
        allocateLoadBalancerNodePorts: true
      status: {loadBalancer: {}}`,
    ],
    [
      'an external name has nothing to route',
      '{spec: {type: ExternalName, externalName: example.com}}',
      `
      spec: {type: ExternalName, externalName: example.com, sessionAffinity: None}
      status: {loadBalancer: {}}`,
    ],
    [
      'clusterIPs follow clusterIP',
      '{spec: {clusterIP: None}}',
      `
      spec: {clusterIP: None, clusterIPs: [None], sessionAffinity: None, type: ClusterIP, internalTrafficPolicy: Cluster}
      status: {loadBalancer: {}}`,
    ],
  ])('%s', (_, given, wanted) => {
    expect(bodyOf(created(Service, given))).toBe(yamlOf(wanted));
  });

  test.each([
    ['a good one', WEB, []],
    ['ports are needed', 'selector: {a: b}', ['spec.ports: Required value']],
    ['but not by headless ones', 'clusterIP: None', []],
    [
      'several ports need names',
      'ports: [{port: 80}, {port: 81, name: A}]',
      ['spec.ports[0].name: Required value', expect.stringMatching(/^spec\.ports\[1\]\.name: Invalid value: "A": a lowercase RFC 1123 label/)],
    ],
    ['names are unique', 'ports: [{port: 80, name: a}, {port: 81, name: a}]', ['spec.ports[1].name: Duplicate value: "a"']],
    [
      'ports are unique per protocol',
      'ports: [{port: 80, name: a}, {port: 80, name: b}, {port: 80, name: c, protocol: UDP}]',
      ['spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80,"targetPort":0}'],
    ],
    [
      'ports are in range',
      'ports: [{port: 0, targetPort: 70000, protocol: ICMP}]',
      [
        'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
        'spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
      ],
    ],
    ['a node port needs the type', 'ports: [{port: 80, nodePort: 30080}]', ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"]],
    [
      'node ports are unique per protocol',
      'type: NodePort, ports: [{port: 80, name: a, nodePort: 30080}, {port: 81, name: b, nodePort: 30080}]',
      ['spec.ports[1].nodePort: Duplicate value: 30080'],
    ],
    [
      'a node port is not headless',
      'type: NodePort, clusterIP: None, ports: [{port: 80}]',
      ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'],
    ],
    [
      'the type is known',
      'type: Cluster, ports: [{port: 80}]',
      ['spec.type: Unsupported value: "Cluster": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'],
    ],
    ['an external name is needed', 'type: ExternalName', ['spec.externalName: Required value']],
    [
      'an external name has no address',
      'type: ExternalName, externalName: a., clusterIP: 10.96.0.9, ipFamilies: [IPv4]',
      ['spec.clusterIPs: Forbidden: may not be set for ExternalName services', 'spec.ipFamilies: Forbidden: may not be set for ExternalName services'],
    ],
    [
      'addresses are addresses',
      'clusterIP: 10.96.0.x, ports: [{port: 80}]',
      ['spec.clusterIPs[0]: Invalid value: "10.96.0.x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    ],
    [
      'both say the same',
      'clusterIP: 10.96.0.1, clusterIPs: [10.96.0.2], ports: [{port: 80}]',
      ['spec.clusterIPs: Invalid value: ["10.96.0.2"]: first value must match `clusterIP`'],
    ],
    [
      'a family has one address',
      'clusterIPs: [10.96.0.1, 10.96.0.2], ports: [{port: 80}]',
      ['spec.clusterIPs: Invalid value: ["10.96.0.1","10.96.0.2"]: may specify no more than one IP for each IP family'],
    ],
    [
      'addresses are of their family',
      'clusterIP: 10.96.0.1, ipFamilies: [IPv6], ports: [{port: 80}]',
      ['spec.clusterIPs[0]: Invalid value: "10.96.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`'],
    ],
    [
      'source ranges are for load balancers',
      `${WEB}, loadBalancerSourceRanges: [" 10.0.0.0/8", x]`,
      [
        "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
        'spec.LoadBalancerSourceRanges[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      ],
    ],
    [
      'stickiness lasts a day at most',
      `${WEB}, sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}`,
      ['spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400'],
    ],
    [
      'outside policy is for the outside',
      `${WEB}, externalTrafficPolicy: Local`,
      ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
    ],
    [
      'the kubelet keeps its port',
      'type: LoadBalancer, ports: [{port: 10250}]',
      ['spec.ports[0]: Invalid value: 10250: may not expose port 10250 externally since it is used by kubelet'],
    ],
  ])('%s', (_, spec, wanted) => {
    expect(complaints(Service, `spec: {${spec}}`)).toEqual(wanted);
  });

  const placed = 'clusterIP: 10.96.0.5, ipFamilies: [IPv4], ipFamilyPolicy: SingleStack, ports: [{port: 80, nodePort: 30080}], type: NodePort';

  test('an update that does not mention them keeps address and node ports', () => {
    const { spec } = updated(Service, created(Service, `spec: {${placed}}`), 'spec: {type: NodePort, ports: [{port: 8080}]}');
    expect([spec.clusterIP, spec.clusterIPs, spec.ports?.[0]?.nodePort]).toEqual(['10.96.0.5', ['10.96.0.5'], 30080]);
  });

  test('a node port that moves to another port is not given twice', () => {
    const before = created(Service, 'spec: {type: NodePort, ports: [{port: 80, name: a, nodePort: 30080}, {port: 81, name: b, nodePort: 30081}]}');
    const { spec } = updated(Service, before, 'spec: {type: NodePort, ports: [{port: 80, name: a}, {port: 81, name: b, nodePort: 30080}]}');
    expect(spec.ports?.map((port) => port.nodePort)).toEqual([undefined, 30080]);
  });

  test('an address stays', () => {
    expect(stepComplaints(Service, `spec: {${placed}}`, 'spec: {clusterIP: 10.96.0.6, ipFamilies: [IPv4], ports: [{port: 80}]}')).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.96.0.6"]: may not change once set',
    ]);
  });

  test('turned into an external name, it gives up what it was given', () => {
    const before = created(Service, `spec: {${placed}}`);
    const after = updated(
      Service,
      before,
      `spec: {${placed.replace('type: NodePort', 'type: ExternalName, externalName: a.b, externalTrafficPolicy: Cluster, internalTrafficPolicy: Cluster')}, clusterIPs: [10.96.0.5]}`,
    );
    expect(bodyOf({ ...after, status: undefined } as never)).toBe(
      yamlOf('spec: {ports: [{port: 80, protocol: TCP, targetPort: 80}], type: ExternalName, externalName: a.b, sessionAffinity: None}'),
    );
    expect(texts(Service.validate?.(after) ?? [])).toEqual([]);
  });

  test.each([
    [
      '{spec: {type: ClusterIP, clusterIPs: [10.96.0.1], ports: [{port: 443, protocol: TCP}]}}',
      ['x', 'ClusterIP', '10.96.0.1', '<none>', '443/TCP', '4m5s', '<none>'],
    ],
    [
      '{spec: {type: NodePort, clusterIPs: [10.96.0.1], externalIPs: [1.1.1.1], selector: {b: c, a: d}, ports: [{port: 53, nodePort: 30053, protocol: UDP}, {port: 53, protocol: TCP}]}}',
      ['x', 'NodePort', '10.96.0.1', '1.1.1.1', '53:30053/UDP,53/TCP', '4m5s', 'a=d,b=c'],
    ],
    ['{spec: {type: LoadBalancer, clusterIPs: [10.96.0.1]}}', ['x', 'LoadBalancer', '10.96.0.1', '<pending>', '<none>', '4m5s', '<none>']],
    [
      '{spec: {type: LoadBalancer}, status: {loadBalancer: {ingress: [{hostname: lb.example.com}, {ip: 1.2.3.4}]}}}',
      ['x', 'LoadBalancer', '<none>', '1.2.3.4,lb.example.com', '<none>', '4m5s', '<none>'],
    ],
    ['{spec: {type: ExternalName, externalName: example.com}}', ['x', 'ExternalName', '<none>', 'example.com', '<none>', '4m5s', '<none>']],
  ])('%s is shown as %j', (given, cells) => {
    expect(row(Service, given, true)).toEqual(cells);
  });

  test('what is ignored is said', () => {
    expect(Service.warnings?.(created(Service, 'spec: {clusterIP: None, externalName: a, sessionAffinity: ClientIP}'), undefined)).toEqual([
      'spec.SessionAffinity is ignored for headless services',
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    ]);
  });

  test('only load balancers have an ingress', () => {
    const status = (yaml: string): string[] => {
      const service = created(Service, yaml);
      return texts(Service.validateStatus?.({ ...service, status: { loadBalancer: { ingress: [{ ip: '1.2.3', ipMode: 'VIP' }] } } }, service) ?? []);
    };
    expect(status(`spec: {${WEB}}`)).toEqual(['status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is "LoadBalancer"']);
    expect(status(`spec: {type: LoadBalancer, ${WEB}}`)).toEqual([
      'status.loadBalancer.ingress[0].ip: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ]);
  });
});
