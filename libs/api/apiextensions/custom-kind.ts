import { ApiError, methodNotAllowed } from '#lib/api/errors';
import { ageOf } from '#lib/api/duration';
import { AGE, NAME } from '#lib/api/columns';
import { invalid, required, type FieldError, type FieldErrorType } from '#lib/api/field-error';
import { defineKind, type AnyKind, type Column, type CustomSchema, type ScaleAccess, type StoredForm } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { schemaOf, type CustomResourceDefinition, type DefinedVersion } from './customresourcedefinition';
import { parseJsonPath, withValue } from './json-path';
import { isMembers, itemsOf, memberSchema, type JsonSchema, type Members } from './json-schema';
import { listTypeErrors } from './list-types';
import { prune } from './prune';
import { valueErrors } from './value-validation';
import { withDefaults } from './defaults';

/** Judges an object by the rules of its schema; `previous` is the version before, on updates. */
export type RuleCheck = (object: KubeObject, previous: KubeObject | undefined, warnings: string[]) => readonly FieldError[];

/** Makes the check of a schema's rules (`x-kubernetes-validations`). The API server has one; who only follows needs none. */
export type RulesOf = (schema: JsonSchema) => RuleCheck | undefined;

const NO_RULES: RulesOf = () => undefined;

/** The kind of one version of a definition. `names` are those that were accepted. */
export function customKind(
  definition: CustomResourceDefinition,
  version: DefinedVersion,
  storedAs: StoredForm,
  rulesOf: RulesOf = NO_RULES,
): AnyKind {
  const { spec, status } = definition;
  const names = status?.acceptedNames?.plural ? status.acceptedNames : spec.names;
  const schema = schemaOf(version);
  const { subresources } = version;
  return defineKind<KubeObject>({
    group: spec.group,
    version: version.name,
    kind: names.kind,
    plural: spec.names.plural,
    singular: names.singular || names.kind.toLowerCase(),
    ...(names.listKind && { listKind: names.listKind }),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    scope: spec.scope === 'Namespaced' ? 'Namespaced' : 'Cluster',
    subresources: [...(subresources?.status ? (['status'] as const) : []), ...(subresources?.scale ? (['scale'] as const) : [])],
    hasGeneration: true,
    conditionalUpdates: true,
    storedAs,
    schema: customSchema(schema),
    desired: subresources?.status ? withoutStatus : withoutMetadata,
    ...(subresources?.scale && { scale: scaleAccess(subresources.scale) }),
    ...(version.deprecated && { deprecation: version.deprecationWarning ?? deprecationOf(definition, version, names.kind) }),
    columns: columnsOf(version),
    selectableFields: selectableFieldsOf(version),
    prepareCreate: () => refuseWhileTerminating(definition),
    ...judgement(schema, rulesOf),
  });
}

const withoutMetadata = ({ metadata: _, apiVersion: __, kind: ___, ...rest }: KubeObject): unknown => rest;
const withoutStatus = ({ metadata: _, apiVersion: __, kind: ___, status: ____, ...rest }: KubeObject & { status?: unknown }): unknown =>
  rest;

function refuseWhileTerminating({ metadata, status }: CustomResourceDefinition): void {
  const isTerminating =
    metadata.deletionTimestamp !== undefined || status?.conditions?.some((each) => each.type === 'Terminating' && each.status === 'True');
  if (isTerminating)
    throw new ApiError({ ...methodNotAllowed().status, message: 'create not allowed while custom resource definition is terminating' });
}

function customSchema(root: JsonSchema | undefined): CustomSchema {
  return {
    root,
    coerce(object) {
      if (!root) return { object, unknown: [] };
      const pruned = prune(object as Members, root);
      return { object: withDefaults(pruned.object, root), unknown: pruned.unknown };
    },
  };
}

const BLOCKING = new Set<FieldErrorType>([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const NOT_CHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

type Judged = Pick<AnyKind, 'validateCreate' | 'validateUpdate' | 'validateStatus' | 'warnings'>;

/** Schema, lists and rules. Rules are only asked about objects whose values have the types that they count on. */
function judgement(schema: JsonSchema | undefined, rulesOf: RulesOf): Judged {
  if (!schema) return {};
  let rules: RuleCheck | undefined | null = null;
  const told = new WeakMap<object, string[]>();
  const judge = (object: KubeObject, previous?: KubeObject): FieldError[] => {
    const errors = [
      ...valueErrors(object, schema, '', previous && { value: previous }),
      ...listTypeErrors(object, schema, ''),
      ...embeddedErrors(object, schema, ''),
    ];
    if (rules === null) rules = rulesOf(schema);
    if (!rules) return errors;
    if (errors.some(({ type }) => BLOCKING.has(type))) return [...errors, invalid('<nil>', undefined, NOT_CHECKED)];
    const warnings: string[] = [];
    const broken = rules(object, previous, warnings);
    if (warnings.length > 0) told.set(object, warnings);
    return [...errors, ...broken];
  };
  return {
    validateCreate: (object) => judge(object),
    validateUpdate: (object, previous) => judge(object, previous),
    validateStatus: (object, previous) => judge(object, previous),
    warnings: (object) => told.get(object) ?? [],
  };
}

/** Resources inside of resources say what they are. Mirrors apiextensions-apiserver/pkg/apiserver/schema/objectmeta. */
function embeddedErrors(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return items ? value.flatMap((item, i) => embeddedErrors(item, items, `${path}[${i}]`)) : [];
  }
  if (!isMembers(value)) return [];
  const own = schema['x-kubernetes-embedded-resource']
    ? (['apiVersion', 'kind'] as const).flatMap((name) => (value[name] ? [] : [required(`${path}.${name}`, 'must not be empty')]))
    : [];
  const below = Object.entries(value).flatMap(([name, member]) => {
    const known = memberSchema(schema, name);
    return known ? embeddedErrors(member, known, path === '' ? name : `${path}.${name}`) : [];
  });
  return [...own, ...below];
}

function deprecationOf({ spec }: CustomResourceDefinition, version: DefinedVersion, kind: string): string {
  const better = spec.versions.filter(({ served, deprecated, name }) => served && !deprecated && isNewer(name, version.name));
  const best = better.sort((a, b) => (isNewer(a.name, b.name) ? -1 : 1))[0];
  const text = `${spec.group}/${version.name} ${kind} is deprecated`;
  return best ? `${text}; use ${spec.group}/${best.name} ${kind}` : text;
}

/** v2 before v1 before v1beta2 before v1beta1 before v1alpha1. */
function isNewer(a: string, b: string): boolean {
  const [x, y] = [rankOf(a), rankOf(b)];
  const at = x.findIndex((each, i) => each !== y[i]);
  return at >= 0 && (x[at] as number) > (y[at] as number);
}

function rankOf(version: string): readonly number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!match) return [-1, 0, 0];
  return [match[2] === 'alpha' ? 0 : match[2] === 'beta' ? 1 : 2, Number(match[1]), Number(match[3] ?? 0)];
}

function columnsOf({ additionalPrinterColumns }: DefinedVersion): readonly Column<KubeObject>[] {
  if (!additionalPrinterColumns?.length) return [NAME, { ...AGE, type: 'date' }];
  return [
    NAME,
    ...additionalPrinterColumns.map((column): Column<KubeObject> => {
      const path = parseJsonPath(column.jsonPath);
      const { name, format, priority } = column;
      const description = column.description || `Custom resource definition column (in JSONPath format): ${column.jsonPath}`;
      const type = column.type as NonNullable<Column<KubeObject>['type']>;
      return {
        name,
        type,
        description,
        ...(format && { format }),
        ...(priority && { priority }),
        value: (object, now) => cellOf(type, path?.find(object)[0], now),
      };
    }),
  ];
}

/** A cell as upstream's table convertor makes it: the first that the path leads to. */
function cellOf(type: string, value: unknown, now: Date): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? (Number.isNaN(Date.parse(value)) ? '<invalid>' : ageOf(value, now)) : null;
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

function selectableFieldsOf({ selectableFields = [] }: DefinedVersion): AnyKind['selectableFields'] {
  if (selectableFields.length === 0) return undefined;
  return Object.fromEntries(
    selectableFields.map(({ jsonPath }) => {
      const path = parseJsonPath(jsonPath);
      return [jsonPath.replace(/^\./, ''), (object: KubeObject) => String(path?.find(object)[0] ?? '')];
    }),
  );
}

interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

function scaleAccess({ specReplicasPath, statusReplicasPath, labelSelectorPath }: ScalePaths): ScaleAccess {
  const at = (path: string | undefined, object: KubeObject): unknown => (path ? parseJsonPath(path)?.find(object)[0] : undefined);
  return {
    path: specReplicasPath,
    read(object) {
      const wanted = at(specReplicasPath, object);
      const selector = at(labelSelectorPath, object);
      return {
        wanted: typeof wanted === 'number' ? wanted : undefined,
        present: Number(at(statusReplicasPath, object) ?? 0),
        selector: typeof selector === 'string' ? selector : '',
      };
    },
    write: (object, replicas) => withValue(object, parseJsonPath(specReplicasPath)?.members ?? [], replicas),
  };
}
