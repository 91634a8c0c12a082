import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints as WireEndpoints } from 'kubernetes-types/core/v1';
import { AGE, firstThree, NAME } from '#lib/api/columns';
import { invalid, required, type FieldError } from '#lib/api/field-error';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { isNonSpecialIP, isValidIP } from '#lib/api/validation/ip';
import { ipWarnings } from '#lib/api/validation/ip-warnings';
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, isValidPortNum } from '#lib/api/validation/names';
import { obeys, oneOf, PROTOCOLS } from '#lib/api/validation/rules';

/** The addresses behind a Service in the old form; EndpointSlices carry the same in pieces. */
export type Endpoints = Stored<WireEndpoints>;

/** The controller writes its name here, and addresses as they should be. */
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';

/** Mirrors pkg/registry/core/endpoint/strategy.go and ValidateEndpoints. */
export const Endpoints = defineKind<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  createsOnUpdate: true,
  shortNames: ['ep'],
  scope: 'Namespaced',

  defaults(draft) {
    for (const subset of draft.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
  },

  validate: (endpoints) => (endpoints.subsets ?? []).flatMap((subset, i) => validateSubset(subset, `subsets[${i}]`)),

  warnings: ({ metadata, subsets = [] }) =>
    metadata.labels?.[MANAGED_BY] ? [] : subsets.flatMap((subset, i) => subsetWarnings(subset, `subsets[${i}]`)),

  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',

  columns: [
    NAME,
    { name: 'Endpoints', type: 'string', value: ({ subsets = [] }) => (subsets.length === 0 ? '<none>' : firstThree(listed(subsets), '')) },
    AGE,
  ],
});

const subsetWarnings = ({ addresses = [], notReadyAddresses = [] }: EndpointSubset, field: string): string[] => [
  ...addresses.flatMap(({ ip }, i) => ipWarnings(ip, `${field}.addresses[${i}].ip`)),
  ...notReadyAddresses.flatMap(({ ip }, i) => ipWarnings(ip, `${field}.notReadyAddresses[${i}].ip`)),
];

function validateSubset(subset: EndpointSubset, field: string): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  return [
    ...(addresses.length + notReadyAddresses.length === 0 ? [required(field, 'must specify `addresses` or `notReadyAddresses`')] : []),
    ...addresses.flatMap((address, i) => validateAddress(address, `${field}.addresses[${i}]`)),
    ...notReadyAddresses.flatMap((address, i) => validateAddress(address, `${field}.notReadyAddresses[${i}]`)),
    ...ports.flatMap((port, i) => validatePort(port, ports.length > 1, `${field}.ports[${i}]`)),
  ];
}

function validateAddress({ ip, hostname, nodeName }: EndpointAddress, field: string): FieldError[] {
  return [
    ...obeys(`${field}.ip`, ip, isValidIP),
    ...(hostname ? obeys(`${field}.hostname`, hostname, isDNS1123Label) : []),
    ...(nodeName === undefined ? [] : obeys(`${field}.nodeName`, nodeName, isDNS1123Subdomain)),
    ...obeys(`${field}.ip`, ip, isNonSpecialIP),
  ];
}

function validatePort(port: EndpointPort, needsName: boolean, field: string): FieldError[] {
  const nameErrors = port.name ? obeys(`${field}.name`, port.name, isDNS1123Label) : needsName ? [required(`${field}.name`)] : [];
  return [
    ...nameErrors,
    ...isValidPortNum(port.port).map((message) => invalid(`${field}.port`, port.port, message)),
    ...oneOf(`${field}.protocol`, port.protocol, PROTOCOLS),
    ...(port.appProtocol === undefined ? [] : obeys(`${field}.appProtocol`, port.appProtocol, isQualifiedName)),
  ];
}

/** Every ready address with every port; addresses without ports stand alone. */
function listed(subsets: readonly EndpointSubset[]): string[] {
  return subsets.flatMap(({ addresses = [], ports = [] }) => {
    if (ports.length === 0) return addresses.map(({ ip }) => ip);
    return ports.flatMap(({ port }) => addresses.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)));
  });
}
