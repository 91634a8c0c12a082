import { CustomKinds } from '#lib/api/apiextensions/custom-kinds';
import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import type { JsonSchema } from '#lib/api/apiextensions/json-schema';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { definitionRuleErrors } from '#lib/cel/rules/definition-rules';
import { ruleCheckOf } from '#lib/cel/rules/rule-check';
import { decodeBody, JSON_TYPE, YAML_TYPE } from '#lib/schema/decode/body';
import { applied, ApplyConflicts, ApplyError } from '#lib/schema/managed/apply';
import { kindFields } from '#lib/schema/managed/kind-fields';
import { cellsOf } from '#lib/schema/table';
import { patched } from '../../../apps/api/write/patch/patched';
import { mutated, oddText, oddValue, pick, type Random } from '../generate';
import { patchBody, PATCHES } from '../requests';
import { Fault, takes, type Target } from '../target';

const NOW = new Date('2026-06-01T00:00:00Z');

interface DefinitionInput {
  readonly schema: object;
  /** Of the version, besides its schema: columns, fields to select by, where its scale is. */
  readonly more: object;
  readonly object: unknown;
  readonly patch: { readonly type: string; readonly body: string };
}

const definitionOf = (schema: object, more: object): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.x.io' },
  spec: {
    group: 'x.io',
    scope: 'Namespaced',
    names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources: { status: {} }, ...more }],
  },
  status: {
    acceptedNames: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
    conditions: [{ type: 'Established', status: 'True' }],
    storedVersions: ['v1'],
  },
});

/** A definition is refused, or everything that its schema is good for can be done with any object. */
export const definitions: Target<DefinitionInput> = {
  name: 'definitions: schemas, their rules, their objects',
  share: 4,

  make(random) {
    const schema = { type: 'object', properties: { spec: schemaOf(random, 0), status: schemaOf(random, 3) } };
    const object = { apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 'a' }, spec: valueOf(random, 0), status: valueOf(random, 2) };
    const type = pick(
      random,
      PATCHES.filter((each) => !each.includes('strategic')),
    );
    const patch = { type, body: patchBody(random, type, { ...object, spec: valueOf(random, 0) }) };
    return {
      schema: random() < 0.8 ? schema : (mutated(random, schema) as object),
      more: moreOf(random),
      object: random() < 0.9 ? object : mutated(random, object),
      patch,
    };
  },

  run({ schema, more, object, patch }) {
    return takes(
      () => {
        const definition = decodeBody(Buffer.from(JSON.stringify(definitionOf(schema, more))), JSON_TYPE, CustomResourceDefinition, 'Ignore')
          .object as unknown as CustomResourceDefinition;
        const complaints = [...(CustomResourceDefinition.validate?.(definition) ?? []), ...definitionRuleErrors(definition)];
        if (complaints.length > 0) return;
        const custom = new CustomKinds(ruleCheckOf);
        custom.apply('ADDED', definition);
        const kind = custom.kindOfObject({ apiVersion: 'x.io/v1', kind: 'Thing' });
        if (!kind) return;
        void kindFields(kind).node;
        const read = decodeBody(Buffer.from(JSON.stringify(object)), JSON_TYPE, kind, 'Warn').object as unknown as KubeObject;
        read.metadata = { ...read.metadata, name: 'a' };
        const made = kind.defaults?.(read as never) ?? read;
        kind.validate?.(made as never);
        kind.validateUpdate?.(made as never, read as never);
        look(kind, made);
        const changed = change(kind, made, patch);
        const next = { ...changed, metadata: { ...changed.metadata, name: 'a' } }; // who takes it away is refused elsewhere
        kind.validate?.(next as never);
        kind.validateUpdate?.(next as never, made as never);
        look(kind, next);
      },
      ApplyConflicts,
      ApplyError,
    );
  },
};

/** All that is asked of an object that is stored. */
function look(kind: AnyKind, object: KubeObject): void {
  for (const cell of cellsOf(kind)(object, NOW))
    if (cell === undefined || (typeof cell === 'number' && !Number.isFinite(cell))) throw new Fault(`a cell is ${String(cell)}`);
  for (const value of Object.values(kind.selectableFields ?? {}))
    if (typeof value(object) !== 'string') throw new Fault('a field that can be selected is no text');
  kind.desired?.(object);
  if (!kind.scale) return;
  kind.scale.read(object);
  kind.scale.write(object, 3);
}

/** The next version, by a patch or by server-side apply. */
function change(kind: AnyKind, object: KubeObject, { type, body }: DefinitionInput['patch']): KubeObject {
  const before = JSON.stringify(object);
  try {
    if (!type.includes('apply')) return patched(kind, type, Buffer.from(body), 'Warn', [])(object);
    const fields = kindFields(kind);
    if (!fields.node) return object;
    const config = decodeBody(Buffer.from(body), YAML_TYPE, kind, 'Warn').object as unknown as KubeObject;
    const { managedFields: _, ...metadata } = config.metadata ?? {};
    const write = {
      manager: 'm',
      apiVersion: kind.apiVersion,
      subresource: '',
      time: '2026-01-01T00:00:00Z',
      node: fields.node,
      ignored: fields.ignoredBy(''),
    };
    return applied(fields.empty, object, { ...config, metadata: { ...metadata, name: 'a' } as KubeObject['metadata'] }, write, true).object ?? object;
  } finally {
    if (JSON.stringify(object) !== before) throw new Fault('the version before it is altered');
  }
}

const PATHS = [
  '.spec.a',
  '.spec.b',
  '.status.a',
  '.spec',
  '.',
  '',
  '.spec.a[0]',
  '.spec.a[*].b',
  '.spec..a',
  '.spec["a"]',
  '.spec.a[?(@.b=="a")].a',
  '.spec[',
  '{.spec.a}',
  '.metadata.name',
  '.metadata.creationTimestamp',
  '.spec.a.b.a',
  '.constructor',
  '.__proto__.a',
  '.spec.a[-1:]',
  '.spec.a[0,1]',
];

function moreOf(random: Random): object {
  const path = (): string => (random() < 0.9 ? pick(random, PATHS) : oddText(random));
  const columns = Array.from({ length: Math.floor(random() * 3) }, (_, i) => ({
    name: `C${i}`,
    type: pick(random, ['string', 'integer', 'number', 'boolean', 'date']),
    jsonPath: path(),
    ...(random() < 0.2 && { format: oddText(random) }),
  }));
  return {
    ...(columns.length > 0 && { additionalPrinterColumns: columns }),
    ...(random() < 0.2 && { selectableFields: [{ jsonPath: path() }] }),
    ...(random() < 0.2 && {
      subresources: {
        status: {},
        scale: {
          specReplicasPath: pick(random, ['.spec.a', '.spec.a.b', path()]),
          statusReplicasPath: pick(random, ['.status.a', '.status.a.b', path()]),
          ...(random() < 0.5 && { labelSelectorPath: pick(random, ['.status.b', path()]) }),
        },
      },
    }),
  };
}

const RULES = [
  'self == oldSelf',
  'has(self.a)',
  'self.all(x, x > 0)',
  'self.a.size() < 5',
  'self.matches("^a")',
  'true',
  '1',
  'self..',
  'self.a.all(x, self.a.all(y, x == y))',
  'self.b[0] == "a"',
];
const MORE: readonly ((random: Random) => object)[] = [
  () => ({ nullable: true }),
  (random) => ({ default: oddValue(random) }),
  (random) => ({ enum: [oddValue(random), 'a'] }),
  (random) => ({ pattern: pick(random, ['^a+$', '(', '(a+)+$', '\\p{L}', '[', '(?i)a']) }),
  (random) => ({ format: pick(random, ['date-time', 'ipv4', 'byte', 'int64', 'x', 'email', 'uuid', 'duration', 'cidr']) }),
  (random) => ({ maxLength: pick(random, [0, 5, -1, 1e18]), minLength: 1 }),
  (random) => ({ maximum: pick(random, [0, 1e308, -5]), exclusiveMaximum: true, multipleOf: pick(random, [0, 1, 0.1]) }),
  (random) => ({ maxItems: pick(random, [0, 3]), uniqueItems: random() < 0.5 }),
  (random) => ({ 'x-kubernetes-list-type': pick(random, ['atomic', 'set', 'map', 'y']), 'x-kubernetes-list-map-keys': ['a'] }),
  (random) => ({ 'x-kubernetes-map-type': pick(random, ['atomic', 'granular', 'y']) }),
  () => ({ 'x-kubernetes-preserve-unknown-fields': true }),
  () => ({ 'x-kubernetes-int-or-string': true }),
  () => ({ 'x-kubernetes-embedded-resource': true }),
  (random) => ({
    'x-kubernetes-validations': [
      { rule: pick(random, RULES), message: 'no', ...(random() < 0.3 && { messageExpression: pick(random, RULES), optionalOldSelf: true }) },
    ],
  }),
  (random) => ({ anyOf: [{ required: ['a'] }, { type: 'string' }], not: random() < 0.3 ? { required: ['b'] } : undefined }),
  (random) => ({ required: [oddText(random), 'a'] }),
  () => ({ $ref: '#/x' }),
];

function schemaOf(random: Random, depth: number): JsonSchema {
  const type = pick(random, ['object', 'object', 'array', 'string', 'integer', 'number', 'boolean', '']);
  const more = Object.assign({}, ...Array.from({ length: Math.floor(random() * 3) }, () => pick(random, MORE)(random))) as object;
  const below = (): JsonSchema => (depth > 4 ? { type: 'string' } : schemaOf(random, depth + 1));
  if (type === 'array') return { type, items: below(), ...more };
  if (type !== 'object') return { ...(type !== '' && { type }), ...more };
  return random() < 0.7 ? { type, properties: { a: below(), b: below() }, ...more } : { type, additionalProperties: below(), ...more };
}

function valueOf(random: Random, depth: number): unknown {
  const what = random();
  if (depth > 4 || what < 0.3) return oddValue(random);
  if (what < 0.7) return { a: valueOf(random, depth + 1), b: valueOf(random, depth + 1) };
  return [valueOf(random, depth + 1), valueOf(random, depth + 1)];
}
