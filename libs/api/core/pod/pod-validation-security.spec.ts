import type { Container, PodSpec } from '#lib/api/core/pod/pod-types';
import { complaints, complaintsOfContainer } from '#lib/api/testing/pod-complaints';

describe('the security of a container', () => {
  test.each<[string, Container['securityContext'], string[]]>([
    ['takes what is usual', { runAsUser: 1000, runAsGroup: 0, privileged: true, procMount: 'Default', seccompProfile: { type: 'RuntimeDefault' } }, []],
    ['has groups that exist', { runAsGroup: 2 ** 32 }, ['runAsGroup: Invalid value: 4294967296: must be between 0 and 4294967295, inclusive']],
    ['shows /proc only in a user namespace', { procMount: 'Unmasked' }, ['procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`']],
    ['knows how /proc is shown', { procMount: 'Half' }, ['procMount: Unsupported value: "Half": supported values: "Default", "Unmasked"']],
    [
      'does not escalate by capability',
      { allowPrivilegeEscalation: false, capabilities: { add: ['CAP_SYS_ADMIN'] } },
      [
        ': Invalid value: {"allowPrivilegeEscalation":false,"capabilities":{"add":["CAP_SYS_ADMIN"]}}: cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
      ],
    ],
    ['has a type of seccomp', { seccompProfile: { type: '' } }, ['seccompProfile.type: Required value: type is required when seccompProfile is set']],
    [
      'has a known type of seccomp',
      { seccompProfile: { type: 'Mine' } },
      ['seccompProfile.type: Unsupported value: "Mine": supported values: "Localhost", "RuntimeDefault", "Unconfined"'],
    ],
    [
      'has a file only where it is read',
      { seccompProfile: { type: 'Unconfined', localhostProfile: 'x' } },
      ['seccompProfile.localhostProfile: Invalid value: {"type":"Unconfined","localhostProfile":"x"}: can only be set when seccomp type is Localhost'],
    ],
    [
      'has a file below the profiles',
      { seccompProfile: { type: 'Localhost', localhostProfile: '../x' } },
      ['seccompProfile.localhostProfile: Invalid value: "../x": must not contain \'..\''],
    ],
    [
      'has an AppArmor profile',
      { appArmorProfile: { type: 'Localhost' } },
      ['appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is Localhost'],
    ],
    [
      'has an AppArmor profile without spaces',
      { appArmorProfile: { type: 'Localhost', localhostProfile: ' x' } },
      ['appArmorProfile.localhostProfile: Invalid value: " x": must not be padded with whitespace'],
    ],
    [
      'has a known type of AppArmor',
      { appArmorProfile: { type: 'Mine' } },
      ['appArmorProfile.type: Unsupported value: "Mine": supported values: "Localhost", "RuntimeDefault", "Unconfined"'],
    ],
    [
      'has a user on windows',
      { windowsOptions: { runAsUserName: 'a\\b\\c' } },
      ['windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash'],
    ],
    [
      'has a user with a name',
      { windowsOptions: { runAsUserName: 'a\\' } },
      ['windowsOptions.runAsUserName: Invalid value: "a\\\\": runAsUserName\'s User cannot be empty'],
    ],
    ['has a user of a domain', { windowsOptions: { runAsUserName: 'CORP\\user' } }, []],
  ])('%s', (_sentence, securityContext, expected) => {
    const path = 'spec.containers[0].securityContext';
    expect(complaintsOfContainer({ securityContext })).toEqual(expected.map((text) => (text.startsWith(':') ? path + text : `${path}.${text}`)));
  });
});

describe('the security of a pod', () => {
  test.each<[string, Partial<PodSpec>, string[]]>([
    [
      'takes what is usual',
      {
        securityContext: {
          fsGroup: 1,
          supplementalGroups: [2],
          fsGroupChangePolicy: 'Always',
          supplementalGroupsPolicy: 'Strict',
          sysctls: [{ name: 'net/core.x', value: '1' }],
        },
      },
      [],
    ],
    [
      'has groups that exist',
      { securityContext: { fsGroup: -1, supplementalGroups: [0, -2] } },
      [
        'fsGroup: Invalid value: -1: must be between 0 and 4294967295, inclusive',
        'supplementalGroups[1]: Invalid value: -2: must be between 0 and 4294967295, inclusive',
      ],
    ],
    [
      'shares its processes with itself or the host',
      { shareProcessNamespace: true, hostPID: true },
      ['shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled'],
    ],
    ['does not share with the host unless asked', { shareProcessNamespace: true }, []],
    [
      'sets a sysctl once',
      {
        securityContext: {
          sysctls: [
            { name: 'a', value: '1' },
            { name: 'a', value: '2' },
          ],
        },
      },
      ['sysctls[1].name: Duplicate value: "a"'],
    ],
    [
      'sets sysctls that have names',
      { securityContext: { sysctls: [{ name: 'A', value: '1' }] } },
      [
        'sysctls[0].name: Invalid value: "A": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
      ],
    ],
    [
      'does not tune the queues of the host',
      {
        hostIPC: true,
        securityContext: {
          sysctls: [
            { name: 'kernel.msgmax', value: '1' },
            { name: 'net.x', value: '1' },
          ],
        },
      },
      ['sysctls[0].name: Invalid value: "kernel.msgmax": may not be specified when \'hostIPC\' is true'],
    ],
    ['tunes its own queues', { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }, []],
    [
      'changes groups as it can',
      { securityContext: { fsGroupChangePolicy: 'Never', seLinuxChangePolicy: 'Never' } },
      [
        'fsGroupChangePolicy: Unsupported value: "Never": supported values: "Always", "OnRootMismatch"',
        'seLinuxChangePolicy: Unsupported value: "Never": supported values: "MountOption", "Recursive"',
      ],
    ],
  ])('%s', (_sentence, spec, expected) => expect(complaints(spec)).toEqual(expected.map((text) => `spec.securityContext.${text}`)));

  test('old annotations agree with new fields', () => {
    const of = (value: string): string[] =>
      complaints({ securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }, { 'seccomp.security.alpha.kubernetes.io/pod': value });
    expect(of('docker/default')).toEqual([]);
    expect(of('unconfined')).toEqual(['spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match']);
    expect(of('mine')).toContain('metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "mine": must be a valid seccomp profile');
  });

  test('a linux pod has no windows options', () => {
    expect(complaints({ os: { name: 'linux' }, securityContext: { windowsOptions: {} } })).toEqual([
      'spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
    ]);
  });
});
