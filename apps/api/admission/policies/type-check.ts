import type { ValidatingAdmissionPolicy } from '#lib/api/admissionregistration/policies';
import { kindOfPath } from '#lib/api/kinds';
import type { AnyKind } from '#lib/api/kind';
import { type CelEnvironment } from '#lib/cel/environment';
import { CelIssues } from '#lib/cel/issues';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listType,
  mapType,
  objectType,
  STRING,
  TIMESTAMP,
  type CelField,
  type CelType,
} from '#lib/cel/types';
import { typeTable, type StructType, type TypeRef } from '#lib/schema/types';
import type { AdmissionPlugin } from '../plugin';
import { admissionEnvironment } from './environment';

interface Warning {
  readonly fieldRef: string;
  readonly warning: string;
}

/** Upstream looks at no more kinds of one policy. */
const MAX_KINDS = 10;

/**
 * Says in the status of a policy what its expressions get wrong about the kinds that it names: they run on anything, so nothing is
 * refused for it. Upstream a controller writes this a moment later; here it is part of the same entry. Mirrors TypeChecker of
 * apiserver/pkg/admission/plugin/policy/validating.
 */
export const typeCheck: AdmissionPlugin = {
  name: 'ValidatingAdmissionPolicyStatus',
  settle({ kind, operation, subresource, object, previous }) {
    if (operation === 'DELETE' || subresource || kind.resource !== 'validatingadmissionpolicies.admissionregistration.k8s.io') return;
    const policy = object as ValidatingAdmissionPolicy;
    const { generation } = policy.metadata;
    if (generation !== undefined && previous?.metadata.generation === generation && policy.status?.observedGeneration === generation)
      return;
    const expressionWarnings = warningsAbout(policy);
    policy.status = {
      ...policy.status,
      observedGeneration: generation,
      typeChecking: expressionWarnings.length > 0 ? { expressionWarnings } : {},
    };
  },
};

/** What does not fit the kinds that the policy names without wildcards. */
export function warningsAbout({ spec }: ValidatingAdmissionPolicy): Warning[] {
  const kinds = kindsNamed(spec).slice(0, MAX_KINDS);
  const environments = kinds.map((kind) => [kind, environmentFor(kind, spec)] as const);
  const check = (fieldRef: string, source: string | undefined): Warning[] => {
    if (!source?.trim()) return [];
    const warning = environments.map(([kind, environment]) => complaint(kind, environment, source)).join('');
    return warning === '' ? [] : [{ fieldRef, warning }];
  };
  return (spec.validations ?? []).flatMap(({ expression, messageExpression }, i) => [
    ...check(`spec.validations[${i}].expression`, expression),
    ...check(`spec.validations[${i}].messageExpression`, messageExpression),
  ]);
}

function kindsNamed({ matchConstraints }: ValidatingAdmissionPolicy['spec']): AnyKind[] {
  const rules = (matchConstraints?.resourceRules ?? []) as { apiGroups?: string[]; apiVersions?: string[]; resources?: string[] }[];
  const found = rules.flatMap(({ apiGroups = [], apiVersions = [], resources = [] }) =>
    apiGroups.flatMap((group) =>
      apiVersions.flatMap((version) => resources.flatMap((resource) => kindOfPath(group, version, resource) ?? [])),
    ),
  );
  return [...new Set(found)];
}

function complaint(kind: AnyKind, environment: CelEnvironment, source: string): string {
  try {
    environment.compile(source);
    return '';
  } catch (error) {
    if (!(error instanceof CelIssues)) throw error;
    return `${kind.apiVersion}, Kind=${kind.kind}: ${error.message}\n`;
  }
}

function environmentFor(kind: AnyKind, { variables = [], paramKind }: ValidatingAdmissionPolicy['spec']): CelEnvironment {
  const type = typeOfKind(kind.apiVersion, kind.kind);
  const params = paramKind ? typeOfKind(paramKind.apiVersion ?? '', paramKind.kind ?? '') : DYN;
  const typed = ['object', 'oldObject'].map((name) => ({ name, type }));
  const base = admissionEnvironment.extend({
    variables: [...typed, { name: 'params', type: params }, { name: 'namespaceObject', type: typeOfKind('v1', 'Namespace') }],
  });
  const fields: Record<string, CelType> = {};
  let environment = base;
  for (const { name = '', expression = '' } of variables) {
    fields[name] = typeOfExpression(environment, expression);
    environment = base.extend({ variables: [{ name: 'variables', type: objectType('kubernetes.variables', { ...fields }) }] });
  }
  return environment;
}

function typeOfExpression(environment: CelEnvironment, source: string): CelType {
  try {
    return environment.compile(source).type;
  } catch {
    return DYN; // it was checked by itself
  }
}

const typeOfKind = (apiVersion: string, kind: string): CelType => {
  const struct = typeTable().ofKind(apiVersion, kind);
  return struct ? typeOfStruct(struct) : DYN;
};

const known = new Map<StructType, CelType>();

/** Types may hold themselves: fields are looked at when an expression names them. */
class LazyFields extends Map<string, CelField> {
  constructor(private readonly struct: StructType) {
    super();
  }
  override get(name: string): CelField | undefined {
    const field = this.struct?.byName.get(name);
    return field ? { type: typeOf(field.type) } : super.get(name);
  }
  override has(name: string): boolean {
    return this.get(name) !== undefined;
  }
}

function typeOfStruct(struct: StructType): CelType {
  let type = known.get(struct);
  if (!type) known.set(struct, (type = { kind: 'object', name: struct.openapi, fields: new LazyFields(struct) }));
  return type;
}

const SCALARS = { string: STRING, int32: INT, int64: INT, bool: BOOL, float64: DOUBLE, bytes: BYTES, any: DYN } as const;

function typeOf(type: TypeRef): CelType {
  switch (type.of) {
    case 'scalar':
      return SCALARS[type.scalar];
    case 'struct':
      return typeOfStruct(type.struct);
    case 'list':
      return listType(typeOf(type.item));
    case 'map':
      return mapType(STRING, typeOf(type.value));
    case 'special':
      return type.special === 'Time' || type.special === 'MicroTime' ? TIMESTAMP : type.special === 'Duration' ? DURATION : DYN;
  }
}
