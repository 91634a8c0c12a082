import type { Volume } from '#lib/api/core/pod/pod-types';
import { badSeccomp, capabilities, hostPaths, seccomp } from './baseline';
import { check, containersOf, containersThat, counted, distinct, isWindows, quoted, setters } from './check';

const allowPrivilegeEscalation = check(
  (pod, version) => {
    if (isWindows(pod, version)) return undefined;
    const containers = containersThat(pod.spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
    if (containers.length === 0) return undefined;
    return {
      reason: 'allowPrivilegeEscalation != false',
      detail: `${counted('container', containers)} must set securityContext.allowPrivilegeEscalation=false`,
    };
  },
  { since: 8 },
);

const allCapabilities = check(
  (pod, version) => {
    if (isWindows(pod, version)) return undefined;
    const keeping = containersThat(pod.spec, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
    const odd = ({ securityContext }: ReturnType<typeof containersOf>[number]): string[] =>
      (securityContext?.capabilities?.add ?? []).filter((one) => one !== 'NET_BIND_SERVICE');
    const adding = containersThat(pod.spec, (container) => odd(container).length > 0);
    if (keeping.length === 0 && adding.length === 0) return undefined;
    const details = [
      ...(keeping.length > 0 ? [`${counted('container', keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
      ...(adding.length > 0
        ? [
            `${counted('container', adding)} must not include ${quoted(distinct(containersOf(pod.spec).flatMap(odd)))} in securityContext.capabilities.add`,
          ]
        : []),
    ];
    return { reason: 'unrestricted capabilities', detail: details.join('; ') };
  },
  { since: 22, replaces: capabilities },
);

const HARMLESS = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret', 'image'];

const restrictedVolumes = check(
  ({ spec }) => {
    const sourceOf = (volume: Volume): string => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
    const bad = (spec.volumes ?? []).filter((volume) => !HARMLESS.some((source) => volume[source as keyof Volume] !== undefined));
    if (bad.length === 0) return undefined;
    const types = distinct(bad.map(sourceOf));
    const use = bad.length === 1 ? 'uses' : 'use';
    return {
      reason: 'restricted volume types',
      detail: `${counted(
        'volume',
        bad.map(({ name }) => name),
      )} ${use} ${counted('restricted volume type', types)}`,
    };
  },
  { replaces: hostPaths },
);

const runAsNonRoot = check(({ spec }) => {
  const ofPod = spec.securityContext?.runAsNonRoot;
  const refusing = containersThat(spec, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  const silent = containersThat(spec, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  const reason = 'runAsNonRoot != true';
  if (refusing.length > 0 || (ofPod === false && silent.length > 0)) {
    return { reason, detail: `${setters(ofPod === false && silent.length > 0, refusing)} must not set securityContext.runAsNonRoot=false` };
  }
  if (ofPod === true || silent.length === 0) return undefined;
  return { reason, detail: `pod or ${counted('container', silent)} must set securityContext.runAsNonRoot=true` };
});

const runAsUser = check(
  ({ spec }) => {
    const ofPod = spec.securityContext?.runAsUser === 0;
    const containers = containersThat(spec, ({ securityContext }) => securityContext?.runAsUser === 0);
    return ofPod || containers.length > 0
      ? { reason: 'runAsUser=0', detail: `${setters(ofPod, containers)} must not set runAsUser=0` }
      : undefined;
  },
  { since: 23 },
);

const seccompSet = check(
  (pod, version) => {
    if (isWindows(pod, version)) return undefined;
    const bad = badSeccomp(pod);
    if (bad) return bad;
    if (pod.spec.securityContext?.seccompProfile) return undefined;
    const silent = containersThat(pod.spec, ({ securityContext }) => !securityContext?.seccompProfile);
    if (silent.length === 0) return undefined;
    return {
      reason: 'seccompProfile',
      detail: `pod or ${counted('container', silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
    };
  },
  { since: 19, replaces: seccomp },
);

/** Today's best practice for hardening, on top of the baseline. */
export const restricted = [allowPrivilegeEscalation, allCapabilities, restrictedVolumes, runAsNonRoot, runAsUser, seccompSet];
