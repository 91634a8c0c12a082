import { ApiError, type Status } from '#lib/api/errors';
import type { AnyKind } from '#lib/api/kind';
import type { WriteRequest } from '../../write/request';
import type { Shape } from '../match';
import type { AdmissionRequest } from '../plugin';

/** admission.k8s.io/v1 AdmissionReview, as far as it is sent. */
export interface Review {
  readonly kind: 'AdmissionReview';
  readonly apiVersion: string;
  readonly request: ReviewRequest;
}

/** What a webhook is asked. */
export type ReviewRequest = Readonly<Record<string, unknown>> & { readonly uid: string };

/** What a webhook answers, checked. */
export interface Verdict {
  readonly allowed: boolean;
  readonly result?: Partial<Status>;
  /** A JSON patch, decoded from base64; undefined when there is none. */
  readonly patch?: Buffer;
  readonly warnings: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

const OPTIONS = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions', CONNECT: '' } as const;

const typeOf = ({ group, version, kind }: AnyKind) => ({ group, version, kind });
const resourceOf = ({ group, version, plural }: AnyKind) => ({ group, version, resource: plural });

/** Mirrors CreateV1AdmissionReview of apiserver/pkg/admission/plugin/webhook/request. */
export function reviewOf(uid: string, version: string, shape: Shape, admission: AdmissionRequest, request: WriteRequest): Review {
  const { operation, namespace, object, previous, subresource, dryRun, body } = admission;
  const asked = request.view ?? request.kind;
  const { generateName, name } = object.metadata;
  const part = subresource ? { subResource: subresource } : {};
  const requestPart = subresource ? { requestSubResource: subresource } : {};
  const seen: Shape['of'] = body ? (one) => one ?? null : shape.of;
  const review = {
    uid,
    kind: body ?? typeOf(shape.kind),
    resource: resourceOf(shape.kind),
    ...part,
    requestKind: body ?? typeOf(asked),
    requestResource: resourceOf(asked),
    ...requestPart,
    name: operation === 'CREATE' && generateName ? '' : name,
    ...(namespace && { namespace }),
    operation,
    userInfo: userInfoOf(admission),
    object: operation === 'DELETE' ? null : seen(object),
    oldObject: seen(previous),
    dryRun,
    options: { kind: OPTIONS[operation], apiVersion: 'meta.k8s.io/v1', ...optionsOf(operation, request) },
  };
  return { kind: 'AdmissionReview', apiVersion: `admission.k8s.io/${version}`, request: review };
}

const userInfoOf = ({ user: { name, uid, groups, extra } }: AdmissionRequest) => ({
  username: name,
  ...(uid && { uid }),
  groups,
  ...(extra && { extra }),
});

const optionsOf = (operation: AdmissionRequest['operation'], { dryRun, origin, options }: WriteRequest) => ({
  ...(dryRun && { dryRun: ['All'] }),
  ...(options ? options() : operation !== 'DELETE' && origin.request.fieldManager && { fieldManager: origin.request.fieldManager }),
});

type Answered = {
  allowed?: unknown;
  uid?: unknown;
  status?: Partial<Status>;
  patch?: unknown;
  patchType?: unknown;
  warnings?: unknown;
  auditAnnotations?: unknown;
};

/** @throws Error that says in upstream's words what is wrong with the answer. Mirrors VerifyAdmissionResponse. */
export function verdictOf(review: Review, mutating: boolean, answer: unknown): Verdict {
  const { apiVersion, kind, response } = answer as { apiVersion?: unknown; kind?: unknown; response?: Answered };
  if (!response || typeof response !== 'object') throw new Error('webhook response was absent');
  if (apiVersion !== review.apiVersion || kind !== 'AdmissionReview') {
    throw new Error(
      `expected webhook response of ${review.apiVersion}, Kind=AdmissionReview, got ${String(apiVersion ?? '')}, Kind=${String(kind ?? '')}`,
    );
  }
  if (response.uid !== review.request.uid)
    throw new Error(`expected response.uid=${JSON.stringify(review.request.uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  const patch = typeof response.patch === 'string' && response.patch !== '' ? Buffer.from(response.patch, 'base64') : undefined;
  if (mutating) checkPatch(patch, response.patchType);
  else if (patch) throw new Error('validating webhook may not return response.patch');
  else if (response.patchType) throw new Error('validating webhook may not return response.patchType');
  return {
    allowed: response.allowed === true,
    ...(response.status && { result: response.status }),
    ...(patch && { patch }),
    warnings: Array.isArray(response.warnings) ? response.warnings.map(String) : [],
    annotations: (response.auditAnnotations ?? {}) as Record<string, string>,
  };
}

function checkPatch(patch: Buffer | undefined, type: unknown): void {
  if (patch && !type) throw new Error('webhook returned response.patch but not response.patchType');
  if (!patch && type) throw new Error('webhook returned response.patchType but not response.patch');
  if (patch && type !== 'JSONPatch') throw new Error(`invalid value of response.patchType=${JSON.stringify(type)}`);
}

/** What a client is told of a refusal. Mirrors ToStatusErr of apiserver/pkg/admission/plugin/webhook/errors. */
export function refusalOf(webhook: string, result: Partial<Status> = {}): ApiError {
  const denied = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const why = result.message || result.reason;
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: why ? `${denied}: ${why}` : `${denied} without explanation`,
    ...(result.reason && { reason: result.reason }),
    ...(result.details && { details: result.details }),
    code: (result.code ?? 0) < 400 ? 400 : (result.code as number),
  });
}
