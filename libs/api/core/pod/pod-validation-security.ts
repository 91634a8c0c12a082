import type { AppArmorProfile, SeccompProfile, SecurityContext, WindowsSecurityContextOptions } from 'kubernetes-types/core/v1';
import { duplicate, forbidden, invalid, required, tooLong, type FieldError } from '#lib/api/field-error';
import { isDNS1123Subdomain, isValidGroupID, isValidUserID } from '#lib/api/validation/names';
import { byteLength } from '#lib/api/validation/size';
import { containersWithPaths, type PodSecurityContext, type PodSpec } from '#lib/api/core/pod/pod-types';
import { chosen, descendingPath, obey, oneOf } from '#lib/api/core/pod/pod-validation-rules';

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const MAX_APPARMOR_PROFILE = 4095;

const userID = (field: string, id: number | undefined): FieldError[] =>
  id === undefined ? [] : isValidUserID(id).map((message) => invalid(field, id, message));
const groupID = (field: string, id: number | undefined): FieldError[] =>
  id === undefined ? [] : isValidGroupID(id).map((message) => invalid(field, id, message));

/** Mirrors ValidateSecurityContext. */
export function validateContainerSecurity(context: SecurityContext | undefined, hostUsers: boolean, field: string): FieldError[] {
  if (!context) return [];
  const errors = [...userID(`${field}.runAsUser`, context.runAsUser), ...groupID(`${field}.runAsGroup`, context.runAsGroup)];
  const { procMount, privileged, capabilities } = context;
  errors.push(...oneOf(`${field}.procMount`, procMount, ['Default', 'Unmasked']));
  if (hostUsers && procMount === 'Unmasked')
    errors.push(invalid(`${field}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'));
  errors.push(...validateSeccomp(context.seccompProfile, `${field}.seccompProfile`));
  if (context.allowPrivilegeEscalation === false) {
    if (privileged) errors.push(invalid(field, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
    for (const capability of capabilities?.add ?? []) {
      if (capability !== 'CAP_SYS_ADMIN') continue;
      errors.push(invalid(field, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'));
    }
  }
  errors.push(...validateWindowsOptions(context.windowsOptions, `${field}.windowsOptions`));
  return [...errors, ...validateAppArmor(context.appArmorProfile, `${field}.appArmorProfile`)];
}

/** Mirrors validatePodSpecSecurityContext. */
export function validatePodSecurity(spec: PodSpec, field: string): FieldError[] {
  const context = spec.securityContext;
  if (!context) return [];
  const errors = [
    ...groupID(`${field}.fsGroup`, context.fsGroup),
    ...userID(`${field}.runAsUser`, context.runAsUser),
    ...groupID(`${field}.runAsGroup`, context.runAsGroup),
    ...(context.supplementalGroups ?? []).flatMap((id, i) => groupID(`${field}.supplementalGroups[${i}]`, id)),
  ];
  if (spec.shareProcessNamespace && spec.hostPID) {
    errors.push(invalid(`${field}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'));
  }
  return [
    ...errors,
    ...validateSysctls(context, spec, `${field}.sysctls`),
    ...oneOf(`${field}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    ...validateSeccomp(context.seccompProfile, `${field}.seccompProfile`),
    ...validateWindowsOptions(context.windowsOptions, `${field}.windowsOptions`),
    ...validateAppArmor(context.appArmorProfile, `${field}.appArmorProfile`),
    ...oneOf(`${field}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict']),
    ...oneOf(`${field}.seLinuxChangePolicy`, context.seLinuxChangePolicy, ['MountOption', 'Recursive']),
  ];
}

const SYSCTL = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const sysctl = new RegExp(SYSCTL);
const IPC_SYSCTL = /^(kernel\.shm|kernel\.msg|fs\.mqueue\.|kernel\.sem$)/;

function validateSysctls({ sysctls = [] }: PodSecurityContext, spec: PodSpec, field: string): FieldError[] {
  const seen = new Set<string>();
  return sysctls.flatMap(({ name }, i) => {
    const path = `${field}[${i}].name`;
    const errors: FieldError[] = [];
    if (!name) errors.push(required(path));
    else if (name.length > 253 || !sysctl.test(name))
      errors.push(invalid(path, name, `must have at most 253 characters and match regex ${SYSCTL}`));
    else if (seen.has(name)) errors.push(duplicate(path, name));
    seen.add(name);
    const dotted = name?.replaceAll('/', '.') ?? '';
    if (spec.hostNetwork && dotted.startsWith('net.')) errors.push(invalid(path, name, "may not be specified when 'hostNetwork' is true"));
    else if (spec.hostIPC && IPC_SYSCTL.test(dotted)) errors.push(invalid(path, name, "may not be specified when 'hostIPC' is true"));
    return errors;
  });
}

function validateSeccomp(profile: SeccompProfile | undefined, field: string): FieldError[] {
  if (!profile) return [];
  const errors = profile.type
    ? oneOf(`${field}.type`, profile.type, PROFILE_TYPES)
    : [required(`${field}.type`, 'type is required when seccompProfile is set')];
  const file = profile.localhostProfile;
  if (profile.type === 'Localhost') {
    if (file === undefined) errors.push(required(`${field}.localhostProfile`, 'must be set when seccomp type is Localhost'));
    else errors.push(...descendingPath(`${field}.localhostProfile`, file));
  } else if (file !== undefined) {
    errors.push(invalid(`${field}.localhostProfile`, profile, 'can only be set when seccomp type is Localhost'));
  }
  return errors;
}

function validateAppArmor(profile: AppArmorProfile | undefined, field: string): FieldError[] {
  if (!profile) return [];
  if (!profile.type) return [required(`${field}.type`, 'type is required when appArmorProfile is set')];
  const path = `${field}.localhostProfile`;
  const name = profile.localhostProfile;
  if (profile.type !== 'Localhost') {
    if (!PROFILE_TYPES.includes(profile.type)) return chosen(`${field}.type`, profile.type, PROFILE_TYPES);
    return name === undefined ? [] : [invalid(path, name, 'can only be set when AppArmor type is Localhost')];
  }
  if (name === undefined) return [required(path, 'must be set when AppArmor type is Localhost')];
  const errors: FieldError[] = [];
  if (name !== name.trim()) errors.push(invalid(path, name, 'must not be padded with whitespace'));
  else if (name === '') errors.push(required(path, 'must be set when AppArmor type is Localhost'));
  if (byteLength(name) > MAX_APPARMOR_PROFILE) errors.push(tooLong(path, MAX_APPARMOR_PROFILE));
  return errors;
}

const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const WINDOWS_DOMAIN = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

function validateWindowsOptions(options: WindowsSecurityContextOptions | undefined, field: string): FieldError[] {
  if (!options) return [];
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options;
  const errors = name === undefined ? [] : obey(`${field}.gmsaCredentialSpecName`, name, isDNS1123Subdomain);
  if (spec === '') errors.push(invalid(`${field}.gmsaCredentialSpec`, spec, 'gmsaCredentialSpec cannot be an empty string'));
  else if (spec !== undefined && byteLength(spec) > 64 * 1024) {
    errors.push(invalid(`${field}.gmsaCredentialSpec`, spec, 'gmsaCredentialSpec size must be under 64 KiB'));
  }
  if (user !== undefined) errors.push(...windowsUserProblems(user).map((text) => invalid(`${field}.runAsUserName`, user, text)));
  return errors;
}

/** `DOMAIN\user`. */
function windowsUserProblems(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (/[\x00-\x1f\x7f]/.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts[parts.length - 1] ?? '';
  const domain = parts.length === 2 ? (parts[0] ?? '') : undefined;
  const problems: string[] = [];
  if (domain !== undefined && domain.length >= 256) problems.push("runAsUserName's Domain length must be under 256 characters");
  if (domain !== undefined && !NETBIOS.test(domain) && !WINDOWS_DOMAIN.test(domain)) {
    problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === '') problems.push("runAsUserName's User cannot be empty");
  else if (user.length > 104) problems.push("runAsUserName's User length must not be longer than 104 characters");
  if (/^[. ]+$/.test(user)) problems.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) problems.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  return problems;
}

const NOT_ON_WINDOWS = {
  pod: [
    'appArmorProfile',
    'seLinuxOptions',
    'seccompProfile',
    'fsGroup',
    'fsGroupChangePolicy',
    'sysctls',
    'runAsUser',
    'runAsGroup',
    'supplementalGroups',
    'supplementalGroupsPolicy',
    'seLinuxChangePolicy',
  ],
  spec: ['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'],
  container: [
    'appArmorProfile',
    'seLinuxOptions',
    'seccompProfile',
    'capabilities',
    'readOnlyRootFilesystem',
    'privileged',
    'allowPrivilegeEscalation',
    'procMount',
    'runAsUser',
    'runAsGroup',
  ],
} as const;

/** `spec.os` and what does not go with it. Mirrors validateOS, validateLinux and validateWindows. */
export function validateOs(spec: PodSpec, field: string): FieldError[] {
  if (!spec.os) return [];
  if (!spec.os.name) return [required(`${field}.os.name`, 'cannot be empty')];
  const known = oneOf(`${field}.os`, spec.os.name, ['linux', 'windows']);
  if (known.length > 0) return known;
  const contexts = [
    [spec.securityContext, `${field}.securityContext`, NOT_ON_WINDOWS.pod] as const,
    ...containersWithPaths(spec, field).map(
      ([container, path]) => [container.securityContext, `${path}.securityContext`, NOT_ON_WINDOWS.container] as const,
    ),
  ];
  if (spec.os.name === 'linux') {
    return contexts.flatMap(([context, path]) =>
      forbiddenFields(context, path, ['windowsOptions'], 'windows options cannot be set for a linux pod'),
    );
  }
  return [
    ...contexts.flatMap(([context, path, names]) => forbiddenFields(context, path, names, 'cannot be set for a windows pod')),
    ...forbiddenFields(spec, field, NOT_ON_WINDOWS.spec, 'cannot be set for a windows pod'),
  ];
}

function forbiddenFields(object: object | undefined, path: string, names: readonly string[], why: string): FieldError[] {
  const values = (object ?? {}) as Record<string, unknown>;
  return names.filter((name) => values[name] !== undefined && values[name] !== null).map((name) => forbidden(`${path}.${name}`, why));
}
