import { HorizontalPodAutoscaler } from '#lib/api/autoscaling/horizontalpodautoscaler';
import { autoscalerFromBeta, autoscalerToBeta } from '#lib/api/autoscaling/beta-metrics';
import { CronJob } from '#lib/api/batch/cronjob';
import type { AnyKind, Kind } from '#lib/api/kind';
import { Ingress } from '#lib/api/networking/ingress';
import { IngressClass } from '#lib/api/networking/ingressclass';
import { NetworkPolicy } from '#lib/api/networking/networkpolicy';
import { PodDisruptionBudget } from '#lib/api/policy/poddisruptionbudget';
import { ClusterRole } from '#lib/api/rbac/clusterrole';
import { ClusterRoleBinding } from '#lib/api/rbac/clusterrolebinding';
import { Role } from '#lib/api/rbac/role';
import { RoleBinding } from '#lib/api/rbac/rolebinding';
import { budgetFromStored, budgetToStored } from './disruption';
import { ingressFromStored, ingressToStored } from './ingress';
import { deprecated, viewOf, type ViewSpec } from './view';
import { oldWorkloads } from './workloads';

function old(
  kind: AnyKind,
  apiVersion: string,
  since: number,
  gone: number,
  conversion: Pick<ViewSpec, 'toStored' | 'fromStored'> = {},
): Kind {
  const [group = '', version = ''] = apiVersion.split('/');
  return viewOf(kind, { group, version, deprecation: deprecated(apiVersion, kind, since, gone), ...conversion });
}

const INGRESS = { toStored: ingressToStored, fromStored: ingressFromStored };

/**
 * Versions that upstream no longer serves, for manifests that are older than their removal. Mirrors the API lifecycle tags of
 * staging/src/k8s.io/api.
 */
export const oldVersions: readonly Kind[] = [
  ...oldWorkloads,
  old(Ingress, 'extensions/v1beta1', 14, 22, INGRESS),
  old(NetworkPolicy, 'extensions/v1beta1', 9, 16),
  old(Ingress, 'networking.k8s.io/v1beta1', 19, 22, INGRESS),
  old(IngressClass, 'networking.k8s.io/v1beta1', 19, 22),
  old(CronJob, 'batch/v1beta1', 21, 25),
  old(PodDisruptionBudget, 'policy/v1beta1', 21, 25, { toStored: budgetToStored, fromStored: budgetFromStored }),
  old(HorizontalPodAutoscaler, 'autoscaling/v2beta2', 23, 26),
  old(HorizontalPodAutoscaler, 'autoscaling/v2beta1', 22, 25, { toStored: autoscalerFromBeta, fromStored: autoscalerToBeta }),
  ...[Role, RoleBinding, ClusterRole, ClusterRoleBinding].map((kind) => old(kind, 'rbac.authorization.k8s.io/v1beta1', 17, 22)),
];
