import { check, containersOf, containersThat, counted, distinct, quoted, setters, type Judged, type Violation } from './check';

const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';
const SAFE_PROFILES = ['RuntimeDefault', 'Localhost'];

const appArmor = check(({ metadata, spec }) => {
  const isBad = (type: string | undefined): boolean => type !== undefined && !SAFE_PROFILES.includes(type);
  const ofPod = spec.securityContext?.appArmorProfile?.type;
  const containers = containersThat(spec, ({ securityContext }) => isBad(securityContext?.appArmorProfile?.type));
  const types = [ofPod, ...containersOf(spec).map(({ securityContext }) => securityContext?.appArmorProfile?.type)].filter((type) =>
    isBad(type),
  ) as string[];
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(
      ([key, value]) =>
        key.startsWith(APPARMOR_ANNOTATION) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'),
    )
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const values = [...distinct(types), ...annotations];
  if (values.length === 0) return undefined;
  const who = [
    setters(isBad(ofPod), containers),
    ...(annotations.length > 0 ? [annotations.length === 1 ? 'annotation' : 'annotations'] : []),
  ]
    .filter(Boolean)
    .join(' and ');
  return {
    reason: `forbidden AppArmor profile${values.length === 1 ? '' : 's'}`,
    detail: `${who} must not set AppArmor profile type to ${quoted(values)}`,
  };
});

const DEFAULT_CAPABILITIES = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' '),
);

export const capabilities = check(({ spec }) => {
  const odd = ({ securityContext }: ReturnType<typeof containersOf>[number]): string[] =>
    (securityContext?.capabilities?.add ?? []).filter((one) => !DEFAULT_CAPABILITIES.has(one));
  const containers = containersThat(spec, (container) => odd(container).length > 0);
  if (containers.length === 0) return undefined;
  const added = distinct(containersOf(spec).flatMap(odd));
  return {
    reason: 'non-default capabilities',
    detail: `${counted('container', containers)} must not include ${quoted(added)} in securityContext.capabilities.add`,
  };
});

const hostNamespaces = check(({ spec }) => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name] === true);
  return shared.length === 0 ? undefined : { reason: 'host namespaces', detail: shared.map((name) => `${name}=true`).join(', ') };
});

export const hostPaths = check(({ spec }) => {
  const volumes = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  return volumes.length === 0 ? undefined : { reason: 'hostPath volumes', detail: counted('volume', volumes) };
});

const hostPorts = check(({ spec }) => {
  const containers = containersThat(spec, ({ ports }) => (ports ?? []).some(({ hostPort }) => hostPort));
  if (containers.length === 0) return undefined;
  const ports = distinct(
    containersOf(spec).flatMap(({ ports }) => (ports ?? []).flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []))),
  );
  const use = containers.length === 1 ? 'uses' : 'use';
  return {
    reason: 'hostPort',
    detail: `${counted('container', containers)} ${use} hostPort${ports.length === 1 ? '' : 's'} ${ports.join(', ')}`,
  };
});

const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: ReturnType<typeof containersOf>[number]): string[] =>
  [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap((handler) =>
    [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host) => Boolean(host)),
  ) as string[];

const hostProbes = check(
  ({ spec }) => {
    const containers = containersThat(spec, (container) => hostsOf(container).length > 0);
    if (containers.length === 0) return undefined;
    const hosts = distinct(containersOf(spec).flatMap(hostsOf));
    const use = containers.length === 1 ? 'uses' : 'use';
    return {
      reason: 'probe or lifecycle host',
      detail: `${counted('container', containers)} ${use} probe or lifecycle host${hosts.length === 1 ? '' : 's'} ${hosts.join(', ')}`,
    };
  },
  { since: 34 },
);

const privileged = check(({ spec }) => {
  const containers = containersThat(spec, ({ securityContext }) => securityContext?.privileged === true);
  return containers.length === 0
    ? undefined
    : { reason: 'privileged', detail: `${counted('container', containers)} must not set securityContext.privileged=true` };
});

const procMount = check(({ spec }) => {
  const odd = ({ securityContext }: ReturnType<typeof containersOf>[number]): string[] =>
    securityContext?.procMount && securityContext.procMount !== 'Default' ? [securityContext.procMount] : [];
  const containers = containersThat(spec, (container) => odd(container).length > 0);
  if (containers.length === 0) return undefined;
  return {
    reason: 'procMount',
    detail: `${counted('container', containers)} must not set securityContext.procMount to ${quoted(distinct(containersOf(spec).flatMap(odd)))}`,
  };
});

const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

const seLinux = check(({ spec }, version) => {
  const types = version >= 31 ? [...SELINUX_TYPES, 'container_engine_t'] : SELINUX_TYPES;
  type Options = { type?: string; user?: string; role?: string } | undefined;
  const isBad = (options: Options): boolean =>
    options !== undefined && (!types.includes(options.type ?? '') || Boolean(options.user) || Boolean(options.role));
  const ofPod: Options = spec.securityContext?.seLinuxOptions;
  const containers = containersThat(spec, ({ securityContext }) => isBad(securityContext?.seLinuxOptions));
  if (!isBad(ofPod) && containers.length === 0) return undefined;
  const all = [ofPod, ...containersOf(spec).map(({ securityContext }): Options => securityContext?.seLinuxOptions)];
  const bad = distinct(all.map((options) => options?.type ?? '').filter((type) => !types.includes(type)));
  const what = [
    ...(bad.length > 0 ? [counted('type', bad)] : []),
    ...(all.some((options) => options?.user) ? ['user may not be set'] : []),
    ...(all.some((options) => options?.role) ? ['role may not be set'] : []),
  ];
  return {
    reason: 'seLinuxOptions',
    detail: `${setters(isBad(ofPod), containers)} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`,
  };
});

/** Those who ask for a profile that confines nothing. */
export function badSeccomp({ spec }: Judged): Violation | undefined {
  const isBad = (type: string | undefined): boolean => type !== undefined && !SAFE_PROFILES.includes(type);
  const ofPod = spec.securityContext?.seccompProfile?.type;
  const containers = containersThat(spec, ({ securityContext }) => isBad(securityContext?.seccompProfile?.type));
  if (!isBad(ofPod) && containers.length === 0) return undefined;
  const types = [ofPod, ...containersOf(spec).map(({ securityContext }) => securityContext?.seccompProfile?.type)].filter((type) =>
    isBad(type),
  ) as string[];
  return {
    reason: 'seccompProfile',
    detail: `${setters(isBad(ofPod), containers)} must not set securityContext.seccompProfile.type to ${quoted(distinct(types))}`,
  };
}

export const seccomp = check(badSeccomp, { since: 19 });

/** By the minor version from which on they are allowed. */
const SYSCTLS: readonly [number, string][] = [
  [
    0,
    'kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range net.ipv4.ip_unprivileged_port_start',
  ],
  [27, 'net.ipv4.ip_local_reserved_ports'],
  [29, 'net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes'],
  [32, 'net.ipv4.tcp_rmem net.ipv4.tcp_wmem'],
];

const sysctls = check(({ spec }, version) => {
  const allowed = SYSCTLS.flatMap(([since, names]) => (version >= since ? names.split(' ') : []));
  const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !allowed.includes(name));
  return names.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: names.join(', ') };
});

const hostProcess = check(({ spec }) => {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess === true;
  const containers = containersThat(spec, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
  if (!ofPod && containers.length === 0) return undefined;
  return { reason: 'hostProcess', detail: `${setters(ofPod, containers)} must not set securityContext.windowsOptions.hostProcess=true` };
});

/** What keeps known ways out of a container shut, in the order in which violations are told. */
export const baseline = [
  appArmor,
  capabilities,
  hostNamespaces,
  hostPaths,
  hostPorts,
  hostProbes,
  privileged,
  procMount,
  seLinux,
  seccomp,
  sysctls,
  hostProcess,
];
