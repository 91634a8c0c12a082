import type { Container } from '#lib/api/core/pod/pod-types';
import { complaintsOfContainer } from '#lib/api/testing/pod-complaints';

const VOLUMES = [{ name: 'v' }, { name: 'w' }, { name: 'disk', persistentVolumeClaim: { claimName: 'd' } }];
const of = (container: Partial<Container>): string[] => complaintsOfContainer(container, { volumes: VOLUMES });
const mount = (more: object): Partial<Container> => ({ volumeMounts: [{ name: 'v', mountPath: '/v', ...more }] });
const PATH = 'spec.containers[0].volumeMounts';

describe('a mount', () => {
  test.each<[string, Partial<Container>, string[]]>([
    ['is fine with a sub path', mount({ subPath: 'a/b', readOnly: true, recursiveReadOnly: 'Enabled' }), []],
    ['needs a path', mount({ mountPath: '' }), [`${PATH}[0].mountPath: Required value`]],
    [
      'has a path of its own',
      { volumeMounts: ['v', 'w'].map((name) => ({ name, mountPath: '/v' })) },
      [`${PATH}[1].mountPath: Invalid value: "/v": must be unique`],
    ],
    ['stays below its volume', mount({ subPath: '/a' }), [`${PATH}.subPath: Invalid value: "/a": must be a relative path`]],
    ['does not climb', mount({ subPathExpr: '$(A)/..' }), [`${PATH}.subPathExpr: Invalid value: "$(A)/..": must not contain '..'`]],
    [
      'has one sub path',
      mount({ subPath: 'a', subPathExpr: 'b' }),
      [`${PATH}[0].subPathExpr: Invalid value: "b": subPathExpr and subPath are mutually exclusive`],
    ],
    [
      'spreads as it can',
      mount({ mountPropagation: 'Sideways' }),
      [`${PATH}.mountPropagation: Unsupported value: "Sideways": supported values: "Bidirectional", "HostToContainer", "None"`],
    ],
    [
      'spreads to the host only with privileges',
      mount({ mountPropagation: 'Bidirectional' }),
      [`${PATH}.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`],
    ],
    ['spreads to the host with privileges', { ...mount({ mountPropagation: 'Bidirectional' }), securityContext: { privileged: true } }, []],
    [
      'is read-only down to the ground only when it is read-only',
      mount({ recursiveReadOnly: 'IfPossible' }),
      [`${PATH}.recursiveReadOnly: Forbidden: may only be specified when readOnly is true`],
    ],
    [
      'is not read-only and spread',
      mount({ readOnly: true, recursiveReadOnly: 'Enabled', mountPropagation: 'HostToContainer' }),
      [`${PATH}.recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified`],
    ],
    [
      'knows how to be read-only',
      mount({ recursiveReadOnly: 'Yes' }),
      [`${PATH}.recursiveReadOnly: Unsupported value: "Yes": supported values: "Disabled", "Enabled", "IfPossible"`],
    ],
  ])('%s', (_sentence, container, expected) => expect(of(container)).toEqual(expected));
});

describe('a device', () => {
  const DEVICES = 'spec.containers[0].volumeDevices';
  const device = (...list: object[]): Partial<Container> => ({ volumeDevices: list.map((more) => ({ name: 'disk', devicePath: '/dev/x', ...more })) });
  test.each<[string, Partial<Container>, string[]]>([
    ['is fine from a claim', device({}), []],
    [
      'comes from a claim',
      device({ name: 'v' }),
      [`${DEVICES}[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode`],
    ],
    ['comes from a volume', device({ name: 'x' }), [`${DEVICES}[0].name: Not found: "x"`]],
    ['needs a path', device({ devicePath: '' }), [`${DEVICES}[0].devicePath: Required value`]],
    ['does not climb', device({ devicePath: '/dev/../x' }), [`${DEVICES}[0].devicePath: Invalid value: "/dev/../x": can not contain backsteps ('..')`]],
    [
      'is given once',
      device({}, {}),
      [`${DEVICES}[1].name: Invalid value: "disk": must be unique`, `${DEVICES}[1].devicePath: Invalid value: "/dev/x": must be unique`],
    ],
    [
      'is not mounted as well',
      { ...device({}), volumeMounts: [{ name: 'disk', mountPath: '/dev/x' }] },
      [
        `${PATH}[0].name: Invalid value: "disk": must not already exist in volumeDevices`,
        `${PATH}[0].mountPath: Invalid value: "/dev/x": must not already exist as a path in volumeDevices`,
        `${DEVICES}[0].name: Invalid value: "disk": must not already exist in volumeMounts`,
        `${DEVICES}[0].devicePath: Invalid value: "/dev/x": must not already exist as a path in volumeMounts`,
      ],
    ],
  ])('%s', (_sentence, container, expected) => expect(of(container)).toEqual(expected));
});
