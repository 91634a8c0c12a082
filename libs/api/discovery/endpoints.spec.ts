import { Lease } from '#lib/api/coordination/lease';
import { Endpoints } from '#lib/api/core/endpoints';
import { bodyOf, complaints, created, row, stepComplaints, updated, yamlOf } from '#lib/api/testing/given-kind';
import { EndpointSlice } from './endpointslice';

describe('endpoint slices', () => {
  test('ports are of TCP and nameless unless they say otherwise', () => {
    expect(bodyOf(created(EndpointSlice, '{addressType: IPv4, endpoints: [], ports: [{port: 80}]}'))).toBe(
      yamlOf('{addressType: IPv4, endpoints: [], ports: [{port: 80, name: "", protocol: TCP}]}'),
    );
  });

  test.each([
    ['a good one', 'addressType: IPv4, endpoints: [{addresses: [10.0.0.1], nodeName: n1}], ports: [{port: 80}]', []],
    ['a type is needed', 'endpoints: []', ['addressType: Required value']],
    [
      'addresses are of the type',
      'addressType: IPv4, endpoints: [{addresses: ["::1"]}]',
      [
        'endpoints[0].addresses[0]: Invalid value: "::1": must be a valid IPv4 address',
        'endpoints[0].addresses[0]: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    ['there is an address', 'addressType: IPv4, endpoints: [{addresses: []}]', ['endpoints[0].addresses: Required value: must contain at least 1 address']],
    [
      'names are fully qualified',
      'addressType: FQDN, endpoints: [{addresses: [web]}]',
      ['endpoints[0].addresses[0]: Invalid value: "web": should be a domain with at least two segments separated by dots'],
    ],
    [
      'port names are unique',
      'addressType: IPv4, endpoints: [], ports: [{}, {port: 0, protocol: X}]',
      [
        'ports[1].name: Duplicate value: ""',
        'ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'ports[1].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
      ],
    ],
    [
      'a slice is small',
      `addressType: IPv4, endpoints: [${'{addresses: [10.0.0.1]},'.repeat(1001)}]`,
      ['endpoints: Too many: 1001: must have at most 1000 items'],
    ],
  ])('%s', (_, given, wanted) => {
    expect(complaints(EndpointSlice, `{${given}}`)).toEqual(wanted);
  });

  test('the type of addresses stays, and labels move the generation', () => {
    expect(stepComplaints(EndpointSlice, '{addressType: IPv4, endpoints: []}', '{addressType: IPv6, endpoints: []}')).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ]);
    const before = created(EndpointSlice, '{metadata: {generation: 1}, addressType: IPv4, endpoints: []}');
    expect(updated(EndpointSlice, before, '{metadata: {labels: {a: b}}, addressType: IPv4, endpoints: []}').metadata.generation).toBe(2);
    expect(EndpointSlice.hasGeneration).toBe(true);
  });

  test('are shown with the first three of each', () => {
    expect(
      row(EndpointSlice, '{addressType: IPv4, endpoints: [{addresses: [a, b]}, {addresses: [c]}, {addresses: [d, e]}], ports: [{port: 80}, {name: web}]}'),
    ).toEqual(['x', 'IPv4', '80,web', 'a,b,c + 2 more...', '4m5s']);
    expect(row(EndpointSlice, '{addressType: IPv4, endpoints: []}')).toEqual(['x', 'IPv4', '<unset>', '<unset>', '4m5s']);
  });
});

describe('endpoints', () => {
  test('are complete', () => {
    expect(complaints(Endpoints, 'subsets: [{}, {addresses: [{ip: 127.0.0.1, hostname: A.b}], ports: [{port: 80}, {port: 81}]}]')).toEqual([
      'subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`',
      expect.stringMatching(/^subsets\[1\]\.addresses\[0\]\.hostname: Invalid value: "A\.b": a lowercase RFC 1123 label/),
      'subsets[1].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'subsets[1].ports[0].name: Required value',
      'subsets[1].ports[1].name: Required value',
    ]);
  });

  test.each([
    ['', '<none>'],
    ['subsets: [{notReadyAddresses: [{ip: 10.0.0.1}]}]', ''],
    ['subsets: [{addresses: [{ip: 10.0.0.1}, {ip: "2001:db8::1"}], ports: [{port: 80}, {port: 81}]}]', '10.0.0.1:80,[2001:db8::1]:80,10.0.0.1:81 + 1 more...'],
    ['subsets: [{addresses: [{ip: 10.0.0.1}]}]', '10.0.0.1'],
  ])('%s is shown as %s', (given, cell) => {
    expect(row(Endpoints, given)).toEqual(['x', cell, '4m5s']);
  });
});

test('leases last for some time', () => {
  expect(complaints(Lease, 'spec: {leaseDurationSeconds: 0, leaseTransitions: -1, preferredHolder: b}')).toEqual([
    'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
    'spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined',
  ]);
  expect(row(Lease, 'spec: {holderIdentity: me}')).toEqual(['x', 'me', '4m5s']);
});
