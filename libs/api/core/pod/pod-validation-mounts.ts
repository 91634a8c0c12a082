import { forbidden, invalid, notFoundValue, notSupported, required, type FieldError } from '#lib/api/field-error';
import type { Container, EphemeralContainer, Volume, VolumeMount } from '#lib/api/core/pod/pod-types';
import { descendingPath } from '#lib/api/core/pod/pod-validation-rules';

type AnyContainer = Container | EphemeralContainer;
type Volumes = ReadonlyMap<string, Volume>;

/** Mirrors ValidateVolumeMounts. `volumes` are those of the pod that are valid. */
export function validateMounts(container: AnyContainer, volumes: Volumes, field: string): FieldError[] {
  const devices = container.volumeDevices ?? [];
  const deviceNames = new Set(devices.map((device) => device.name));
  const devicePaths = new Set(devices.map((device) => device.devicePath));
  const paths = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount, i) => {
    const path = `${field}[${i}]`;
    const { name, mountPath } = mount;
    const errors: FieldError[] = [];
    if (!name) errors.push(required(`${path}.name`));
    if (!volumes.has(name)) errors.push(notFoundValue(`${path}.name`, name));
    if (!mountPath) errors.push(required(`${path}.mountPath`));
    if (paths.has(mountPath)) errors.push(invalid(`${path}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (deviceNames.has(name)) errors.push(invalid(`${path}.name`, name, 'must not already exist in volumeDevices'));
    if (devicePaths.has(mountPath))
      errors.push(invalid(`${path}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    errors.push(...validateSubPaths(mount, path, field));
    errors.push(...validatePropagation(mount, container, `${field}.mountPropagation`));
    errors.push(...validateRecursiveReadOnly(mount, `${field}.recursiveReadOnly`));
    return errors;
  });
}

function validateSubPaths({ subPath, subPathExpr }: VolumeMount, path: string, field: string): FieldError[] {
  const errors = subPath ? descendingPath(`${field}.subPath`, subPath) : [];
  if (!subPathExpr) return errors;
  if (subPath) errors.push(invalid(`${path}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
  return [...errors, ...descendingPath(`${field}.subPathExpr`, subPathExpr)];
}

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None'];

function validatePropagation({ mountPropagation }: VolumeMount, container: AnyContainer, field: string): FieldError[] {
  if (mountPropagation === undefined) return [];
  const errors: FieldError[] = [];
  if (!PROPAGATIONS.includes(mountPropagation)) errors.push(notSupported(field, mountPropagation, PROPAGATIONS));
  if (mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
    errors.push(forbidden(field, 'Bidirectional mount propagation is available only to privileged containers'));
  }
  return errors;
}

const RECURSIVE = ['Disabled', 'Enabled', 'IfPossible'];

function validateRecursiveReadOnly({ recursiveReadOnly, readOnly, mountPropagation }: VolumeMount, field: string): FieldError[] {
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return [];
  if (!RECURSIVE.includes(recursiveReadOnly)) return [notSupported(field, recursiveReadOnly, RECURSIVE)];
  const errors: FieldError[] = [];
  if (!readOnly) errors.push(forbidden(field, 'may only be specified when readOnly is true'));
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    errors.push(forbidden(field, 'may only be specified when mountPropagation is None or not specified'));
  }
  return errors;
}

/** Raw block devices. Mirrors ValidateVolumeDevices. */
export function validateDevices(container: AnyContainer, volumes: Volumes, field: string): FieldError[] {
  const mounts = container.volumeMounts ?? [];
  const mountNames = new Set(mounts.map((mount) => mount.name));
  const mountPaths = new Set(mounts.map((mount) => mount.mountPath));
  const names = new Set<string>();
  const paths = new Set<string>();
  return (container.volumeDevices ?? []).flatMap(({ name, devicePath }, i) => {
    const path = `${field}[${i}]`;
    const volume = volumes.get(name);
    const errors: FieldError[] = [];
    const say = (part: 'name' | 'devicePath', detail: string): void => {
      errors.push(invalid(`${path}.${part}`, part === 'name' ? name : devicePath, detail));
    };
    if (!name) errors.push(required(`${path}.name`));
    if (names.has(name)) say('name', 'must be unique');
    if (!volume) errors.push(notFoundValue(`${path}.name`, name));
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      say('name', 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode');
    }
    if (!devicePath) errors.push(required(`${path}.devicePath`));
    if (paths.has(devicePath)) say('devicePath', 'must be unique');
    if (devicePath?.split('/').includes('..')) say('devicePath', "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mountNames.has(name)) say('name', 'must not already exist in volumeMounts');
    if (mountPaths.has(devicePath)) say('devicePath', 'must not already exist as a path in volumeMounts');
    if (name) names.add(name);
    return errors;
  });
}
