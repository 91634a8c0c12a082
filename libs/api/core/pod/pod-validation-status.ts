import type { ContainerStatus } from 'kubernetes-types/core/v1';
import { duplicate, forbidden, invalid, type FieldError } from '#lib/api/field-error';
import { sameValue } from '#lib/api/equality';
import { isValidIP, parseIP } from '#lib/api/validation/ip';
import type { Pod } from '#lib/api/core/pod/pod';
import { validateMirrorUnchanged } from '#lib/api/core/pod/pod-validation-annotations';
import { obey, qualifiedName, subdomain } from '#lib/api/core/pod/pod-validation-rules';

const SYSTEM_CONDITIONS = ['PodScheduled', 'Ready', 'Initialized'];

/** What may be written to `/status`. Mirrors ValidatePodStatusUpdate. */
export function validatePodStatus(pod: Pod, previous: Pod): FieldError[] {
  const { status } = pod;
  const before = previous.status;
  const errors = validateMirrorUnchanged(pod.metadata.annotations, previous.metadata.annotations, 'metadata.annotations');
  for (const [i, condition] of (status.conditions ?? []).entries()) {
    if (!SYSTEM_CONDITIONS.includes(condition.type)) errors.push(...qualifiedName(`metadata.conditions[${i}].Type`, condition.type));
  }
  if (pod.spec.nodeName !== previous.spec.nodeName) errors.push(forbidden('status.nodeName', 'may not be changed directly'));
  const nominated = status.nominatedNodeName ?? '';
  if (nominated !== '' && nominated !== before.nominatedNodeName) errors.push(...subdomain('status.nominatedNodeName', nominated));
  if (!sameValue(status.qosClass, before.qosClass)) errors.push(invalid('status.qosClass', status.qosClass ?? '', 'field is immutable'));

  const sidecars = new Set((previous.spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map((one) => one.name));
  const policy = previous.spec.restartPolicy;
  errors.push(
    ...staysTerminated(status.containerStatuses, before.containerStatuses, policy, new Set(), 'status.containerStatuses'),
    ...staysTerminated(status.initContainerStatuses, before.initContainerStatuses, policy, sidecars, 'status.initContainerStatuses'),
    ...staysTerminated(
      status.ephemeralContainerStatuses,
      before.ephemeralContainerStatuses,
      'Never',
      new Set(),
      'status.ephemeralContainerStatuses',
    ),
    ...validateAddresses(status.podIPs, 'status.podIPs'),
    ...validateHostAddresses(status),
  );
  return errors;
}

/** A container that ended for good does not come back. Mirrors ValidateContainerStateTransition. */
function staysTerminated(
  statuses: readonly ContainerStatus[] | undefined,
  before: readonly ContainerStatus[] | undefined,
  restartPolicy: string | undefined,
  restartable: ReadonlySet<string>,
  field: string,
): FieldError[] {
  if (restartPolicy === 'Always') return [];
  return (before ?? []).flatMap((old, i) => {
    const ended = old.state?.terminated;
    if (!ended || restartable.has(old.name) || (ended.exitCode !== 0 && restartPolicy === 'OnFailure')) return [];
    return (statuses ?? [])
      .filter((status) => status.name === old.name && !status.state?.terminated)
      .map(() => forbidden(`${field}[${i}].state`, 'may not be transitioned to non-terminated state'));
  });
}

function validateHostAddresses({ hostIP, hostIPs }: Pod['status']): FieldError[] {
  const first = hostIPs?.[0];
  if (!first) return [];
  const differs = hostIP === first.ip ? [] : [invalid('status.hostIPs[0].ip', first.ip ?? '', 'must be equal to `hostIP`')];
  return [...differs, ...validateAddresses(hostIPs, 'status.hostIPs')];
}

/** At most one address of each family. */
function validateAddresses(list: readonly { ip?: string }[] | undefined, field: string): FieldError[] {
  const texts = (list ?? []).map((item) => item.ip ?? '');
  const errors = texts.flatMap((text, i) => obey(`${field}[${i}]`, text, isValidIP));
  const families = new Set(texts.map((text) => parseIP(text)?.family));
  if (texts.length > 1 && families.size !== texts.length)
    errors.push(invalid(field, list, 'may specify no more than one IP for each IP family'));
  for (const [i, text] of texts.entries()) if (texts.indexOf(text) < i) errors.push(duplicate(`${field}[${i}]`, list?.[i]));
  return errors;
}
