import type { Endpoint as WireEndpoint, EndpointPort, EndpointSlice as WireEndpointSlice } from 'kubernetes-types/discovery/v1';
import { AGE, firstThree, NAME } from '#lib/api/columns';
import { sameValue } from '#lib/api/equality';
import { duplicate, invalid, required, tooMany, type FieldError } from '#lib/api/field-error';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { isNonSpecialIP, isValidIPv4, isValidIPv6 } from '#lib/api/validation/ip';
import { ipWarnings } from '#lib/api/validation/ip-warnings';
import { validateLabels } from '#lib/api/validation/labels';
import { validateImmutable } from '#lib/api/validation/meta';
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, isValidPortNum } from '#lib/api/validation/names';
import { obeys, oneOf, PROTOCOLS } from '#lib/api/validation/rules';

/** One endpoint, with the node hints of 1.33. */
export type Endpoint = Omit<WireEndpoint, 'hints'> & {
  hints?: { forZones?: { name: string }[]; forNodes?: { name: string }[] };
};

/** Label with the name of the service that a slice belongs to. */
export const SERVICE_NAME = 'kubernetes.io/service-name';

/** Controllers write their names here, and addresses as they should be. */
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';

/** A piece of the addresses behind a Service. */
export type EndpointSlice = Omit<Stored<WireEndpointSlice>, 'endpoints'> & { endpoints: Endpoint[] };

const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_HINTS = 8;
const MAX_TOPOLOGY = 16;

/** Mirrors pkg/registry/discovery/endpointslice/strategy.go, pkg/apis/discovery/v1/defaults.go and ValidateEndpointSlice. */
export const EndpointSlice = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  scope: 'Namespaced',
  hasGeneration: true,
  indexes: {
    /** By the Service it belongs to: `namespace/name`. */
    service: (slice) => {
      const service = slice.metadata.labels?.[SERVICE_NAME];
      return service === undefined ? undefined : `${slice.metadata.namespace}/${service}`;
    },
  },

  /** Labels carry meaning here (the Service's name), so they move the generation as well. */
  prepareUpdate(draft, previous) {
    if (sameValue(draft.metadata.labels ?? {}, previous.metadata.labels ?? {})) return;
    draft.metadata.generation = (previous.metadata.generation ?? 0) + 1;
  },

  defaults(draft) {
    for (const port of draft.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },

  validate(slice) {
    const { addressType, endpoints = [], ports = [] } = slice;
    return [
      ...oneOf('addressType', addressType, ['FQDN', 'IPv4', 'IPv6']),
      ...(endpoints.length > MAX_ENDPOINTS
        ? [tooMany('endpoints', endpoints.length, MAX_ENDPOINTS)]
        : endpoints.flatMap((endpoint, i) => validateEndpoint(endpoint, addressType, `endpoints[${i}]`))),
      ...validatePorts(ports),
    ];
  },

  validateUpdate: (slice, previous) => validateImmutable(slice.addressType, previous.addressType, 'addressType'),

  warnings: ({ metadata, addressType, endpoints }) =>
    addressType === 'FQDN' || metadata.labels?.[MANAGED_BY]?.endsWith('.k8s.io')
      ? []
      : (endpoints ?? []).flatMap(({ addresses = [] }, i) =>
          addresses.flatMap((address, j) => ipWarnings(address, `endpoints[${i}].addresses[${j}]`)),
        ),

  columns: [
    NAME,
    { name: 'AddressType', type: 'string', value: (slice) => slice.addressType },
    {
      name: 'Ports',
      type: 'string',
      value: ({ ports = [] }) =>
        firstThree(
          (ports ?? []).map((port) => String(port.port ?? (port.name || '*'))),
          '<unset>',
        ),
    },
    {
      name: 'Endpoints',
      type: 'string',
      value: ({ endpoints }) =>
        firstThree(
          (endpoints ?? []).flatMap((endpoint) => endpoint.addresses),
          '<unset>',
        ),
    },
    AGE,
  ],
});

function validateEndpoint(endpoint: Endpoint, addressType: string, field: string): FieldError[] {
  const { addresses = [], hostname, nodeName, deprecatedTopology, hints } = endpoint;
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(required(`${field}.addresses`, 'must contain at least 1 address'));
  else if (addresses.length > MAX_ADDRESSES) errors.push(tooMany(`${field}.addresses`, addresses.length, MAX_ADDRESSES));
  errors.push(...addresses.flatMap((address, i) => validateAddress(address, addressType, `${field}.addresses[${i}]`)));
  if (nodeName !== undefined) errors.push(...obeys(`${field}.nodeName`, nodeName, isDNS1123Subdomain));
  if (Object.keys(deprecatedTopology ?? {}).length > MAX_TOPOLOGY) {
    errors.push(tooMany(`${field}.deprecatedTopology`, Object.keys(deprecatedTopology ?? {}).length, MAX_TOPOLOGY));
  }
  errors.push(...validateLabels(deprecatedTopology, `${field}.deprecatedTopology`));
  if (hostname !== undefined) errors.push(...obeys(`${field}.hostname`, hostname, isDNS1123Label));
  if (hints)
    errors.push(...validateHints(hints.forZones, `${field}.hints.forZones`), ...validateHints(hints.forNodes, `${field}.hints.forNodes`));
  return errors;
}

function validateAddress(address: string, addressType: string, field: string): FieldError[] {
  switch (addressType) {
    case 'IPv4':
      return [...obeys(field, address, isValidIPv4), ...obeys(field, address, isNonSpecialIP)];
    case 'IPv6':
      return [...obeys(field, address, isValidIPv6), ...obeys(field, address, isNonSpecialIP)];
    case 'FQDN':
      return validateFullyQualified(address, field);
    default:
      return [];
  }
}

/** At least two DNS labels; a dot at the end is fine. Mirrors IsFullyQualifiedDomainName. */
function validateFullyQualified(name: string, field: string): FieldError[] {
  if (name === '') return [required(field)];
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  const complaints = isDNS1123Subdomain(bare);
  if (complaints.length > 0) return [invalid(field, bare, complaints.join(','))];
  if (!bare.includes('.')) return [invalid(field, bare, 'should be a domain with at least two segments separated by dots')];
  const long = bare.split('.').find((label) => isDNS1123Label(label).length > 0);
  return long === undefined ? [] : [invalid(field, long, isDNS1123Label(long).join(','))];
}

function validateHints(hints: readonly { readonly name: string }[] = [], field: string): FieldError[] {
  if (hints.length > MAX_HINTS) return [tooMany(field, hints.length, MAX_HINTS)];
  const seen = new Set<string>();
  return hints.flatMap(({ name }, i) => {
    const errors = seen.has(name) ? [duplicate(`${field}[${i}].name`, name)] : [];
    seen.add(name);
    return [
      ...errors,
      ...(field.endsWith('forZones')
        ? obeys(`${field}[${i}].name`, name, isLabelText)
        : obeys(`${field}[${i}].name`, name, isDNS1123Subdomain)),
    ];
  });
}

/** Zones are named by a node label's value. */
const isLabelText = (name: string): string[] => validateLabels({ zone: name }, '').map((error) => error.detail);

function validatePorts(ports: readonly EndpointPort[]): FieldError[] {
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)];
  const seen = new Set<string>();
  return ports.flatMap((port, i) => {
    const field = `ports[${i}]`;
    const name = port.name ?? '';
    const errors = name === '' ? [] : obeys(`${field}.name`, name, isDNS1123Label);
    if (seen.has(name)) errors.push(duplicate(`${field}.name`, name));
    seen.add(name);
    if (port.port !== undefined) for (const message of isValidPortNum(port.port)) errors.push(invalid(`${field}.port`, port.port, message));
    errors.push(...oneOf(`${field}.protocol`, port.protocol, PROTOCOLS));
    if (port.appProtocol !== undefined) errors.push(...obeys(`${field}.appProtocol`, port.appProtocol, isQualifiedName));
    return errors;
  });
}
