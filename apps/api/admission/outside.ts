import type { AnyKind } from '#lib/api/kind';
import type { WriteRequest } from '../write/request';
import type { AdmissionRequest } from './plugin';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** Admission by those who must be waited for: webhooks. They are asked before a write waits for its turn at the head of the log. */
export interface Outside {
  /** Whether anybody wants to be asked about such writes. Called for every write: it must cost next to nothing. */
  concerns(kind: AnyKind, operation: Operation, subresource: string | undefined): boolean;
  /** Lets them change the draft, in place. Rejects with the ApiError of a refusal. */
  mutate(admission: AdmissionRequest, request: WriteRequest): Promise<void>;
  /** Shows them what will be written. Rejects with the ApiError of a refusal. */
  validate(admission: AdmissionRequest, request: WriteRequest): Promise<void>;
}
