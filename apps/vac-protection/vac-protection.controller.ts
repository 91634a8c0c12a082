import { PersistentVolume } from '#lib/api/core/persistentvolume';
import { PersistentVolumeClaim } from '#lib/api/core/persistentvolumeclaim';
import type { KubeObject } from '#lib/api/meta';
import { VAC_PROTECTION } from '#lib/api/storage/protection';
import { VolumeAttributesClass } from '#lib/api/storage/volumeattributesclass';
import { defineController } from '#lib/reconcile/controller';
import { concernsProtection, protect } from '#lib/reconcile/protection';
import type { Change } from '#lib/reconcile/world';

interface Names {
  spec?: { volumeAttributesClassName?: string };
  status?: { currentVolumeAttributesClassName?: string; modifyVolumeStatus?: { targetVolumeAttributesClassName?: string } };
}

/** Keeps classes that are asked to go while a volume or a claim names them. Mirrors kubernetes/pkg/controller/volume/vacprotection. */
export const vacProtection = defineController<VolumeAttributesClass>({
  name: 'vac-protection',
  component: 'volumeattributesclass-protection-controller',
  for: VolumeAttributesClass,
  concerns: (named) => concernsProtection(named, VAC_PROTECTION),
  watches: [
    { kind: PersistentVolumeClaim, keys: released },
    { kind: PersistentVolume, keys: released },
  ],

  reconcile(attributes, world) {
    const { name } = attributes.metadata;
    const names = (object: KubeObject): boolean => classesOf(object).includes(name);
    return protect(
      attributes,
      VAC_PROTECTION,
      () => world.list(PersistentVolume).some(names) || world.list(PersistentVolumeClaim).some(names),
    );
  },
});

/** The classes that were named before, and are no more. */
function released({ type, object, previous }: Change): readonly string[] {
  if (type === 'DELETED') return classesOf(object);
  if (!previous) return [];
  const now = classesOf(object);
  return classesOf(previous).filter((name) => !now.includes(name));
}

function classesOf(object: KubeObject): string[] {
  const { spec, status } = object as KubeObject & Names;
  const names = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return names.filter((name): name is string => Boolean(name));
}
