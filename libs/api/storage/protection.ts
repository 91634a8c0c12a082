/** Keeps a PersistentVolumeClaim while pods use it. The three finalizers mirror pkg/volume/util/finalizer.go. */
export const PVC_PROTECTION = 'kubernetes.io/pvc-protection';
/** Keeps a PersistentVolume while it is bound. */
export const PV_PROTECTION = 'kubernetes.io/pv-protection';
/** Keeps a VolumeAttributesClass while volumes or claims name it. */
export const VAC_PROTECTION = 'kubernetes.io/vac-protection';
