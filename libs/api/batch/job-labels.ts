/** Names the Job that a pod is of, by the uid of the Job. */
export const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';
/** Names the Job that a pod is of. */
export const JOB_NAME = 'batch.kubernetes.io/job-name';
