import { DaemonSet, TEMPLATE_GENERATION } from '#lib/api/apps/daemonset';
import { Deployment } from '#lib/api/apps/deployment';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import { StatefulSet } from '#lib/api/apps/statefulset';
import type { AnyKind, Kind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { deprecated, viewOf, type ViewSpec } from './view';

/** How a Deployment of extensions/v1beta1 says which version it wants back. */
const ROLLBACK = 'deprecated.deployment.rollback.revision';
const MAX_INT32 = 2 ** 31 - 1;

interface Workload extends KubeObject {
  readonly spec?: {
    readonly selector?: object;
    readonly template?: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } };
    readonly strategy?: { readonly type?: string; readonly rollingUpdate?: object };
    readonly updateStrategy?: { readonly type?: string };
    readonly rollbackTo?: { readonly revision?: number };
    readonly templateGeneration?: number;
  } & Record<string, unknown>;
}

type Spec = NonNullable<Workload['spec']>;
type Step = (object: Workload) => Workload;

/** What the beta versions of extensions and apps/v1beta1 had in common: selector and labels come from the template. */
const labelsFromTemplate: Step = (object) => {
  const labels = object.spec?.template?.metadata?.labels;
  if (!labels) return object;
  const own = object.metadata?.labels ?? {};
  return {
    ...object,
    metadata: { ...object.metadata, ...(Object.keys(own).length === 0 && { labels: { ...labels } }) },
    spec: { ...object.spec, selector: object.spec?.selector ?? { matchLabels: { ...labels } } },
  };
};

/** `undefined` and null are replaced; what was said stays. */
const withDefaults =
  (defaults: Partial<Spec>): Step =>
  (object) => {
    const given = Object.fromEntries(Object.entries(object.spec ?? {}).filter(([, value]) => value !== undefined && value !== null));
    return { ...object, spec: { ...defaults, ...given } as Spec };
  };

/** Rolling updates of extensions/v1beta1 took one pod at a time. */
const onePodAtATime: Step = (object) => {
  const { strategy } = object.spec ?? {};
  if (strategy?.type && strategy.type !== 'RollingUpdate') return object;
  const rollingUpdate = { maxUnavailable: 1, maxSurge: 1, ...strategy?.rollingUpdate };
  return { ...object, spec: { ...object.spec, strategy: { ...strategy, type: 'RollingUpdate', rollingUpdate } } };
};

const onDelete: Step = (object) => {
  const { updateStrategy } = object.spec ?? {};
  return updateStrategy?.type ? object : { ...object, spec: { ...object.spec, updateStrategy: { ...updateStrategy, type: 'OnDelete' } } };
};

/** A field that apps/v1 keeps in an annotation. */
interface Moved {
  readonly annotation: string;
  read(spec: Spec): number | undefined;
  write(value: number): Partial<Spec>;
  readonly field: string;
}

const ROLLBACK_TO: Moved = {
  annotation: ROLLBACK,
  field: 'rollbackTo',
  read: ({ rollbackTo }) => (rollbackTo ? (rollbackTo.revision ?? 0) : undefined),
  write: (revision) => ({ rollbackTo: { revision } }),
};

const GENERATION: Moved = {
  annotation: TEMPLATE_GENERATION,
  field: 'templateGeneration',
  read: ({ templateGeneration }) => templateGeneration,
  write: (templateGeneration) => ({ templateGeneration }),
};

const intoAnnotation =
  ({ annotation, field, read }: Moved): Step =>
  (object) => {
    const { [field]: _, ...spec } = (object.spec ?? {}) as Record<string, unknown>;
    const value = read(object.spec ?? {});
    const { [annotation]: __, ...others } = object.metadata?.annotations ?? {};
    const annotations = value === undefined ? others : { ...others, [annotation]: String(value) };
    const { annotations: ___, ...metadata } = object.metadata ?? {};
    return {
      ...object,
      metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) } as KubeObject['metadata'],
      spec: spec as Spec,
    };
  };

const outOfAnnotation =
  ({ annotation, write }: Moved): Step =>
  (object) => {
    const { [annotation]: text, ...annotations } = object.metadata?.annotations ?? {};
    if (text === undefined || !/^-?\d+$/.test(text)) return object;
    const { annotations: _, ...metadata } = object.metadata;
    return {
      ...object,
      metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
      spec: { ...object.spec, ...write(Number(text)) } as Spec,
    };
  };

const inTurn =
  (...steps: readonly Step[]): ((object: KubeObject) => KubeObject) =>
  (object) =>
    steps.reduce<Workload>((done, step) => step(done), object as Workload);

const EXTENSIONS = 'extensions/v1beta1';

function old(kind: AnyKind, apiVersion: string, since: number, conversion: Pick<ViewSpec, 'toStored' | 'fromStored'>): Kind {
  const [group = '', version = ''] = apiVersion.split('/');
  return viewOf(kind, { group, version, deprecation: deprecated(apiVersion, kind, since, 16), ...conversion });
}

/** Mirrors pkg/apis/extensions/v1beta1 and pkg/apis/apps/{v1beta1,v1beta2}: their defaults and conversions. */
export const oldWorkloads: readonly Kind[] = [
  old(Deployment, EXTENSIONS, 8, {
    toStored: inTurn(
      labelsFromTemplate,
      onePodAtATime,
      withDefaults({ revisionHistoryLimit: MAX_INT32, progressDeadlineSeconds: MAX_INT32 }),
      intoAnnotation(ROLLBACK_TO),
    ),
    fromStored: inTurn(outOfAnnotation(ROLLBACK_TO)),
  }),
  old(ReplicaSet, EXTENSIONS, 8, { toStored: inTurn(labelsFromTemplate) }),
  old(DaemonSet, EXTENSIONS, 8, {
    toStored: inTurn(labelsFromTemplate, onDelete, intoAnnotation(GENERATION)),
    fromStored: inTurn(outOfAnnotation(GENERATION)),
  }),
  old(Deployment, 'apps/v1beta1', 8, {
    toStored: inTurn(labelsFromTemplate, withDefaults({ revisionHistoryLimit: 2 }), intoAnnotation(ROLLBACK_TO)),
    fromStored: inTurn(outOfAnnotation(ROLLBACK_TO)),
  }),
  old(StatefulSet, 'apps/v1beta1', 8, { toStored: inTurn(labelsFromTemplate, onDelete) }),
  old(Deployment, 'apps/v1beta2', 9, {}),
  old(ReplicaSet, 'apps/v1beta2', 9, {}),
  old(DaemonSet, 'apps/v1beta2', 9, {}),
  old(StatefulSet, 'apps/v1beta2', 9, {}),
];
