import { policyOf, printViolations, violationsOf, type Level } from './levels';

const pod = (spec: object, container: object = {}, annotations = {}) => ({
  metadata: { annotations },
  spec: { containers: [{ name: 'web', image: 'nginx', ...container }], ...spec },
});
const told = (level: Level, judged: ReturnType<typeof pod>, version: 'latest' | number = 'latest'): string =>
  printViolations(violationsOf({ level, version }, judged as never));

const HARDENED = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
};

describe('pod security standards', () => {
  test('a plain pod is fine with the baseline and lacks four things of the restricted level', () => {
    expect(told('baseline', pod({}))).toBe('');
    expect(told('restricted', pod({}))).toBe(
      'allowPrivilegeEscalation != false (container "web" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (container "web" must set securityContext.capabilities.drop=["ALL"]), ' +
        'runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or container "web" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
    expect(told('restricted', pod({}, HARDENED))).toBe('');
    expect(told('privileged', pod({ hostNetwork: true }))).toBe('');
  });

  test.each<[string, object, object, string]>([
    ['host namespaces', { hostNetwork: true, hostPID: true }, {}, 'host namespaces (hostNetwork=true, hostPID=true)'],
    [
      'hostPath',
      {
        volumes: [
          { name: 'a', hostPath: {} },
          { name: 'b', hostPath: {} },
        ],
      },
      {},
      'hostPath volumes (volumes "a", "b")',
    ],
    ['hostPort', {}, { ports: [{ hostPort: 80 }, { hostPort: 443 }] }, 'hostPort (container "web" uses hostPorts 443, 80)'],
    ['privileged', {}, { securityContext: { privileged: true } }, 'privileged (container "web" must not set securityContext.privileged=true)'],
    [
      'capabilities',
      {},
      { securityContext: { capabilities: { add: ['NET_ADMIN', 'CHOWN'] } } },
      'non-default capabilities (container "web" must not include "NET_ADMIN" in securityContext.capabilities.add)',
    ],
    ['procMount', {}, { securityContext: { procMount: 'Unmasked' } }, 'procMount (container "web" must not set securityContext.procMount to "Unmasked")'],
    [
      'sysctls',
      {
        securityContext: {
          sysctls: [
            { name: 'a.b', value: '1' },
            { name: 'net.ipv4.tcp_rmem', value: '1' },
          ],
        },
      },
      {},
      'forbidden sysctls (a.b)',
    ],
    [
      'seccomp',
      { securityContext: { seccompProfile: { type: 'Unconfined' } } },
      {},
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'selinux',
      { securityContext: { seLinuxOptions: { type: 'x', user: 'u' } } },
      {},
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "x"; user may not be set)',
    ],
    [
      'apparmor',
      {},
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      'forbidden AppArmor profile (container "web" must not set AppArmor profile type to "Unconfined")',
    ],
    [
      'hostProcess',
      { securityContext: { windowsOptions: { hostProcess: true } } },
      {},
      'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
    ],
    [
      'probes',
      {},
      { livenessProbe: { httpGet: { host: '10.0.0.1', port: 80 } } },
      'probe or lifecycle host (container "web" uses probe or lifecycle host 10.0.0.1)',
    ],
  ])('the baseline forbids %s', (_, spec, container, words) => {
    expect(told('baseline', pod(spec, container))).toBe(words);
  });

  test('stricter rules take the place of the same ones of the baseline', () => {
    const hostile = pod(
      {
        volumes: [
          { name: 'a', hostPath: {} },
          { name: 'n', nfs: {} },
        ],
      },
      { securityContext: { ...HARDENED.securityContext, runAsUser: 0, capabilities: { drop: ['ALL'], add: ['SYS_TIME'] } } },
    );
    expect(told('restricted', hostile)).toBe(
      'unrestricted capabilities (container "web" must not include "SYS_TIME" in securityContext.capabilities.add), ' +
        'restricted volume types (volumes "a", "n" use restricted volume types "hostPath", "nfs"), runAsUser=0 (container "web" must not set runAsUser=0)',
    );
  });

  test('rules hold from the version on that brought them', () => {
    expect(told('restricted', pod({}), 7)).toBe('runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true)');
    expect(told('baseline', pod({ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '1' }] } }), 31)).toBe(
      'forbidden sysctls (net.ipv4.tcp_rmem)',
    );
  });
});

describe('labels of a namespace', () => {
  const label = (name: string): string => `pod-security.kubernetes.io/${name}`;

  test('say levels and versions; whoever enforces is warned of the same', () => {
    const { policy } = policyOf({ [label('enforce')]: 'baseline', [label('enforce-version')]: 'v1.30', [label('audit')]: 'restricted' });
    expect(policy).toEqual({
      enforce: { level: 'baseline', version: 30 },
      audit: { level: 'restricted', version: 'latest' },
      warn: { level: 'baseline', version: 30 },
    });
  });

  test('that cannot be read are told, and enforce the strictest level', () => {
    const { policy, problems } = policyOf({ [label('enforce')]: 'strict', [label('warn-version')]: '1.30' });
    expect(policy.enforce.level).toBe('restricted');
    expect(problems.map(({ detail }) => detail)).toEqual(['must be one of privileged, baseline, restricted', 'must be "latest" or "v1.x"']);
  });
});
