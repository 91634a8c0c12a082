import { PersistentVolumeClaim } from '#lib/api/core/persistentvolumeclaim';
import { Pod } from '#lib/api/core/pod/pod';
import { PVC_PROTECTION } from '#lib/api/storage/protection';
import { defineController } from '#lib/reconcile/controller';
import { concernsProtection, protect } from '#lib/reconcile/protection';
import type { Change } from '#lib/reconcile/world';

/** Keeps claims that are asked to go until no pod uses them any more. Mirrors kubernetes/pkg/controller/volume/pvcprotection. */
export const pvcProtection = defineController<PersistentVolumeClaim>({
  name: 'pvc-protection',
  for: PersistentVolumeClaim,
  concerns: (claim) => concernsProtection(claim, PVC_PROTECTION),
  watches: [{ kind: Pod, keys: released }],

  reconcile(claim, world) {
    const inUse = (): boolean => world.list(Pod, claim.metadata.namespace).some((pod) => uses(pod, claim));
    return protect(claim, PVC_PROTECTION, inUse);
  },
});

/** Claims of pods that use nothing any more. */
function* released({ type, object }: Change): Iterable<string> {
  const pod = object as Pod;
  if (!pod.spec.volumes || (type !== 'DELETED' && pod.spec.nodeName && !isShutDown(pod))) return;
  for (const { name, persistentVolumeClaim, ephemeral } of pod.spec.volumes) {
    const claim = persistentVolumeClaim?.claimName ?? (ephemeral && `${pod.metadata.name}-${name}`);
    if (claim) yield `${pod.metadata.namespace ?? ''}/${claim}`;
  }
}

/** Only what has a node can use a claim: no kubelet starts a pod whose claim is going. */
function uses(pod: Pod, { metadata: { name, ownerReferences } }: PersistentVolumeClaim): boolean {
  if (!pod.spec.nodeName) return false;
  const made = (volume: string): boolean =>
    `${pod.metadata.name}-${volume}` === name &&
    (ownerReferences ?? []).some(({ controller, uid }) => controller === true && uid === pod.metadata.uid);
  return (pod.spec.volumes ?? []).some(
    (volume) =>
      volume.persistentVolumeClaim?.claimName === name || (volume.ephemeral !== undefined && !isShutDown(pod) && made(volume.name)),
  );
}

/** The kubelet is done with it, or it was deleted by force: only finalizers keep it. */
const isShutDown = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
