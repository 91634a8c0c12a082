import { CustomKinds } from '#lib/api/apiextensions/custom-kinds';
import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import type { JsonSchema } from '#lib/api/apiextensions/json-schema';
import type { KubeObject } from '#lib/api/meta';
import { definitionRuleErrors } from '#lib/cel/rules/definition-rules';
import { ruleCheckOf } from '#lib/cel/rules/rule-check';
import { decodeBody, JSON_TYPE } from '#lib/schema/decode/body';
import { kindFields } from '#lib/schema/managed/kind-fields';
import { mutated, oddText, oddValue, pick, type Random } from '../generate';
import { takes, type Target } from '../target';

interface DefinitionInput {
  readonly schema: object;
  readonly object: unknown;
}

const definitionOf = (schema: object): object => ({
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'things.x.io' },
  spec: {
    group: 'x.io', scope: 'Namespaced', names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources: { status: {} } }],
  },
  status: { acceptedNames: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' }, conditions: [{ type: 'Established', status: 'True' }], storedVersions: ['v1'] },
});

/** A definition is refused, or everything that its schema is good for can be done with any object. */
export const definitions: Target<DefinitionInput> = {
  name: 'definitions: schemas, their rules, their objects',
  share: 4,

  make(random) {
    const schema = { type: 'object', properties: { spec: schemaOf(random, 0), status: schemaOf(random, 3) } };
    const object = { apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 'a' }, spec: valueOf(random, 0), status: valueOf(random, 2) };
    return { schema: random() < 0.8 ? schema : (mutated(random, schema) as object), object: random() < 0.9 ? object : mutated(random, object) };
  },

  run({ schema, object }) {
    return takes(() => {
      const definition = decodeBody(Buffer.from(JSON.stringify(definitionOf(schema))), JSON_TYPE, CustomResourceDefinition, 'Ignore').object as unknown as CustomResourceDefinition;
      const complaints = [...(CustomResourceDefinition.validate?.(definition) ?? []), ...definitionRuleErrors(definition)];
      if (complaints.length > 0) return;
      const custom = new CustomKinds(ruleCheckOf);
      custom.apply('ADDED', definition);
      const kind = custom.kindOfObject({ apiVersion: 'x.io/v1', kind: 'Thing' });
      if (!kind) return;
      void kindFields(kind).node;
      const read = decodeBody(Buffer.from(JSON.stringify(object)), JSON_TYPE, kind, 'Warn').object as unknown as KubeObject;
      const made = kind.defaults?.(read as never) ?? read;
      kind.validate?.(made as never);
      kind.validateUpdate?.(made as never, read as never);
    });
  },
};

const RULES = ['self == oldSelf', 'has(self.a)', 'self.all(x, x > 0)', 'self.a.size() < 5', 'self.matches("^a")', 'true', '1', 'self..', 'self.a.all(x, self.a.all(y, x == y))', 'self.b[0] == "a"'];
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
  (random) => ({ 'x-kubernetes-validations': [{ rule: pick(random, RULES), message: 'no', ...(random() < 0.3 && { messageExpression: pick(random, RULES), optionalOldSelf: true }) }] }),
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
