import { CLASS_ANNOTATION, storageClassOf } from '#lib/api/core/access-modes';
import { PersistentVolumeClaim } from '#lib/api/core/persistentvolumeclaim';
import { forbiddenAccess } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import { Ingress } from '#lib/api/networking/ingress';
import { DEFAULT_INGRESS_CLASS, IngressClass } from '#lib/api/networking/ingressclass';
import { bytesOf } from '#lib/api/quantity';
import { isDefaultClass, StorageClass } from '#lib/api/storage/storageclass';
import type { AdmissionPlugin } from './plugin';

/** A claim that names no class gets the default one. Mirrors plugin/pkg/admission/storage/storageclass/setdefault. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  mutate({ kind, operation, subresource, object }, world) {
    if (kind !== PersistentVolumeClaim || operation !== 'CREATE' || subresource) return;
    const { metadata, spec } = object as PersistentVolumeClaim;
    if (spec.storageClassName !== undefined || metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
    const chosen = newest(world.list(StorageClass).filter(isDefaultClass));
    if (chosen) spec.storageClassName = chosen.metadata.name;
  },
};

const INGRESS_ANNOTATION = 'kubernetes.io/ingress.class';

/** An ingress that names no class gets the default one. Mirrors plugin/pkg/admission/network/defaultingressclass. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  mutate({ kind, operation, subresource, object }, world) {
    if (kind !== Ingress || operation !== 'CREATE' || subresource) return;
    const { metadata, spec } = object as Ingress;
    if (spec.ingressClassName !== undefined || metadata.annotations?.[INGRESS_ANNOTATION] !== undefined) return;
    const chosen = newest(world.list(IngressClass).filter((one) => one.metadata.annotations?.[DEFAULT_INGRESS_CLASS] === 'true'));
    if (chosen) spec.ingressClassName = chosen.metadata.name;
  },
};

/** Of several defaults the one that was made last counts; the name settles ties. */
const newest = <T extends KubeObject>(classes: readonly T[]): T | undefined =>
  [...classes].sort(
    ({ metadata: a }, { metadata: b }) => b.creationTimestamp.localeCompare(a.creationTimestamp) || (a.name < b.name ? -1 : 1),
  )[0];

/** A claim grows only when its class allows it. Mirrors plugin/pkg/admission/storage/persistentvolume/resize. */
export const claimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  settle({ kind, operation, subresource, object, previous }, { world }) {
    if (kind !== PersistentVolumeClaim || operation !== 'UPDATE' || subresource) return;
    const [claim, before] = [object as PersistentVolumeClaim, previous as PersistentVolumeClaim];
    const size = ({ spec }: PersistentVolumeClaim): number => bytesOf(spec.resources?.requests?.storage);
    if (size(claim) <= size(before)) return;
    const refuse = (why: string) => forbiddenAccess(kind, claim.metadata.name, why);
    if (before.status?.phase !== 'Bound') throw refuse('Only bound persistent volume claims can be expanded');
    const name = storageClassOf(claim);
    const allows = name !== '' && name === storageClassOf(before) && world.get(StorageClass, '', name)?.allowVolumeExpansion === true;
    if (!allows)
      throw refuse('only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
  },
};
