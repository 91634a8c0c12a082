import { defineKind, type AnyKind } from '#lib/api/kind';
import { oddText, oddValue, pick, type Random } from './generate';

const SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      'x-kubernetes-validations': [
        { rule: '!has(self.min) || !has(self.replicas) || self.min <= self.replicas', message: 'min is more than replicas', fieldPath: '.min' },
      ],
      properties: {
        replicas: {
          type: 'integer',
          format: 'int32',
          minimum: 0,
          default: 1,
          'x-kubernetes-validations': [{ rule: 'self >= oldSelf - 5', messageExpression: "'no less than ' + string(oldSelf - 5)" }],
        },
        min: { type: 'integer' },
        size: { 'x-kubernetes-int-or-string': true },
        big: { type: 'integer', format: 'int64' },
        when: { type: 'string', format: 'date-time' },
        parts: {
          type: 'array',
          maxItems: 20,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name', 'port'],
          items: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { type: 'string', maxLength: 20 },
              port: { type: 'integer', default: 80 },
              more: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
        tags: { type: 'array', maxItems: 20, 'x-kubernetes-list-type': 'set', items: { type: 'string', maxLength: 30 } },
        pod: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
        words: { type: 'object', maxProperties: 20, additionalProperties: { type: 'string', nullable: true, maxLength: 30, pattern: '^[^x]*$' } },
        whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { a: { type: 'string' }, b: { type: 'number' } } },
      },
    },
    status: {
      type: 'object',
      properties: {
        replicas: { type: 'integer' },
        selector: { type: 'string' },
        conditions: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    },
  },
} as const;

const VERSION = {
  served: true,
  schema: { openAPIV3Schema: SCHEMA },
  subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' } },
  additionalPrinterColumns: [
    { name: 'Parts', type: 'string', jsonPath: '.spec.parts[*].name' },
    { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
    { name: 'When', type: 'date', jsonPath: '.spec.when' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 1 },
  ],
  selectableFields: [{ jsonPath: '.spec.when' }],
};

const names = (plural: string, kind: string) => ({
  plural,
  singular: kind.toLowerCase(),
  kind,
  listKind: `${kind}List`,
  shortNames: [plural.slice(0, 3)],
  categories: ['all'],
});

/** Definitions of kinds that requests are about: in two versions with everything that a schema may say, and of the cluster without any. */
export const DEFINITIONS = [
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.fuzz.io' },
    spec: {
      group: 'fuzz.io',
      scope: 'Namespaced',
      names: names('widgets', 'Widget'),
      versions: [
        { ...VERSION, name: 'v1', storage: true },
        { ...VERSION, name: 'v1beta1', storage: false, deprecated: true },
      ],
    },
  },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'blobs.fuzz.io' },
    spec: {
      group: 'fuzz.io',
      scope: 'Cluster',
      names: names('blobs', 'Blob'),
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
    },
  },
] as const;

/** What the controller of definitions writes, which is not there. */
export const established = (definition: (typeof DEFINITIONS)[number]): object => ({
  acceptedNames: definition.spec.names,
  storedVersions: ['v1'],
  conditions: ['NamesAccepted', 'Established'].map((type) => ({ type, status: 'True', reason: 'x', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' })),
});

/** The kinds of the definitions, as far as a request needs them. */
export const customKinds: readonly AnyKind[] = DEFINITIONS.flatMap(({ spec }) =>
  spec.versions.map(({ name }) =>
    defineKind({
      group: spec.group,
      version: name,
      kind: spec.names.kind,
      plural: spec.names.plural,
      scope: spec.scope,
      subresources: spec.scope === 'Namespaced' ? ['status', 'scale'] : [],
    }),
  ),
);

/** An object of one of them, most of it as its schema wants it. */
export function customObject(random: Random, { apiVersion, kind }: AnyKind, metadata: object): Record<string, unknown> {
  const name = (): string => (random() < 0.8 ? pick(random, ['a', 'b', 'c']) : oddText(random));
  const parts = {
    replicas: () => pick(random, [0, 1, 7, 3, -1, 2 ** 31]),
    min: () => pick(random, [0, 1, 9]),
    size: () => pick(random, [1, '50%', 1.5, true]),
    big: () => pick(random, [1, 2 ** 53, -(2 ** 63), 1e30]),
    when: () => pick(random, ['2026-01-01T00:00:00Z', '2026-01-01', 'x']),
    parts: () =>
      Array.from({ length: Math.floor(random() * 3) }, () => ({
        name: name(),
        ...(random() < 0.5 && { port: pick(random, [80, 81, 'x']) }),
        ...(random() < 0.3 && { more: { a: oddValue(random) } }),
      })),
    tags: () => Array.from({ length: Math.floor(random() * 3) }, name),
    pod: () => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: name(), labels: { a: name() } }, spec: oddValue(random) }),
    words: () => ({ a: name(), [oddText(random)]: random() < 0.3 ? null : name() }),
    whole: () => ({ a: name(), b: 1.5 }),
    [oddText(random)]: () => oddValue(random),
  };
  const spec = Object.fromEntries(
    Object.entries(parts)
      .filter(() => random() < 0.3)
      .map(([key, make]) => [key, random() < 0.93 ? make() : oddValue(random)]),
  );
  const status = {
    replicas: pick(random, [0, 3, 'x']),
    selector: pick(random, ['app=web', '((', '']),
    conditions: [{ type: 'Ready', status: 'True' }, oddValue(random)],
  };
  return { apiVersion, kind, metadata, spec, ...(random() < 0.3 && { status }) };
}
