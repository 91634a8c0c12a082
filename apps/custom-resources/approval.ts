import type { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import { APPROVAL } from '#lib/api/apiextensions/definition-validation';

/**
 * What is said of definitions in groups of Kubernetes; undefined for all others. Mirrors controller/apiapproval and
 * apihelpers.GetAPIApprovalState.
 */
export function approvalOf({ spec, metadata }: CustomResourceDefinition) {
  if (!/(^|\.)(k8s\.io|kubernetes\.io)$/.test(spec.group)) return undefined;
  const approval = metadata.annotations?.[APPROVAL];
  const condition = (status: 'True' | 'False', reason: string, message: string) =>
    ({ type: 'KubernetesAPIApprovalPolicyConformant', status, reason, message }) as const;
  if (approval === undefined) {
    return condition(
      'False',
      'MissingAnnotation',
      `protected groups must have approval annotation ${JSON.stringify(APPROVAL)}, see https://github.com/kubernetes/enhancements/pull/1111`,
    );
  }
  if (approval.startsWith('unapproved')) return condition('False', 'UnapprovedAnnotation', `not approved: ${JSON.stringify(approval)}`);
  if (/^https?:\/\/[^/]+/.test(approval)) return condition('True', 'ApprovedAnnotation', `approved in ${approval}`);
  return condition(
    'False',
    'InvalidAnnotation',
    `protected groups must have approval annotation ${JSON.stringify(APPROVAL)} with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`,
  );
}
