import { errorBody, errorText, type FieldError } from './field-error';

/** metav1.StatusCause. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** metav1.Status: the body of every answer that is not an object. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, unknown>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: { name?: string; group?: string; kind?: string; uid?: string; causes?: StatusCause[]; retryAfterSeconds?: number };
  code: number;
}

/** An error that a client of the Kubernetes API sees. All of them are made by the functions below: this file is the catalogue. */
export class ApiError extends Error {
  constructor(readonly status: Status) {
    super(status.message);
    this.name = 'ApiError';
  }

  get code(): number {
    return this.status.code;
  }

  get reason(): string {
    return this.status.reason ?? '';
  }
}

/** The resource a text speaks of: `deployments.apps`, or `pods` in the core group. */
export interface ResourceName {
  readonly group: string;
  readonly plural: string;
}

const qualified = (r: ResourceName): string => (r.group === '' ? r.plural : `${r.plural}.${r.group}`);

function failure(code: number, reason: string, message: string, details?: Status['details']): ApiError {
  return new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code });
}

const about = (r: ResourceName, name: string): Status['details'] => ({
  name: name === '' ? undefined : name,
  group: r.group === '' ? undefined : r.group,
  kind: r.plural,
});

/** 404: no object of this name. `name` '' when the collection itself is meant. */
export const notFound = (r: ResourceName, name: string): ApiError =>
  failure(404, 'NotFound', `${qualified(r)} ${JSON.stringify(name)} not found`, about(r, name));

/** No such path: what the generic server answers before a resource is known. */
export const unknownPath = (): ApiError => failure(404, 'NotFound', 'the server could not find the requested resource', {});

/** 409: a create of a name that is taken. */
export const alreadyExists = (r: ResourceName, name: string): ApiError =>
  failure(409, 'AlreadyExists', `${qualified(r)} ${JSON.stringify(name)} already exists`, about(r, name));

/** 409: the write does not fit what is stored; `why` ends the sentence. */
export const conflict = (r: ResourceName, name: string, why: string): ApiError =>
  failure(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(r)} ${JSON.stringify(name)}: ${why}`, about(r, name));

/** 409: written against a version that is no longer the newest. */
export const modified = (r: ResourceName, name: string): ApiError =>
  conflict(r, name, 'the object has been modified; please apply your changes to the latest version and try again');

/** 409: server-side apply would change what others own; one cause per field. Mirrors NewApplyConflict. */
export const applyConflict = (message: string, causes: StatusCause[]): ApiError => failure(409, 'Conflict', message, { causes });

/** 422 with one cause per field. `kind` is group-qualified in the text: `Deployment.apps "web" is invalid: …`. */
export function invalidObject(group: string, kind: string, name: string, errors: readonly FieldError[]): ApiError {
  const texts = [...new Set(errors.map(errorText))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const qualifiedKind = group === '' ? kind : `${kind}.${group}`;
  const causes = errors.map((e) => ({ reason: e.type, message: errorBody(e), field: e.field }));
  return failure(422, 'Invalid', `${qualifiedKind} ${JSON.stringify(name)} is invalid: ${list}`, {
    name: name === '' ? undefined : name,
    group: group === '' ? undefined : group,
    kind,
    causes,
  });
}

/** 400: the request cannot be understood. */
export const badRequest = (message: string): ApiError => failure(400, 'BadRequest', message);
/** 401: nobody knows who asks. Says nothing more, on purpose: `why` is its cause, for those who may review tokens. */
export const unauthorized = (why?: string): ApiError =>
  Object.assign(failure(401, 'Unauthorized', 'Unauthorized'), why !== undefined && { cause: why });
/** 403 on an object or, with `name` '', on a resource; `why` ends the sentence. From RBAC and from admission. */
export const forbiddenAccess = (r: ResourceName, name: string, why: string): ApiError =>
  failure(403, 'Forbidden', `${qualified(r)}${name === '' ? '' : ` ${JSON.stringify(name)}`} is forbidden: ${why}`, about(r, name));
/** 403 on a path that is no resource. */
export const forbiddenPath = (message: string): ApiError => failure(403, 'Forbidden', message, {});
/** 405: the path exists, but not with this method. */
export const methodNotAllowed = (): ApiError =>
  failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
/** 405: the kind is served without this verb. */
export const methodNotSupported = (r: ResourceName, verb: string): ApiError =>
  failure(405, 'MethodNotAllowed', `${verb} is not supported on resources of kind "${qualified(r)}"`, about(r, ''));
/** 406: no form of the answer that the client would take; `accepted` are ours. */
export const notAcceptable = (accepted: readonly string[]): ApiError =>
  failure(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);

/**
 * 406: the answer is no list and was asked for as one, or the other way round; `type` is Go's. Mirrors asPartialObjectMetadata of
 * apiserver/pkg/endpoints/handlers/response.go.
 */
export const notOfThatForm = (as: 'PartialObjectMetadata' | 'PartialObjectMetadataList', type: string): ApiError =>
  failure(
    406,
    'NotAcceptable',
    `you requested ${as}, but the requested object is ${as === 'PartialObjectMetadata' ? 'a list' : 'not a list'} (*${type})`,
  );
/** 415: a body of a form that is not read here; `accepted` are those that are. */
export const unsupportedMediaType = (accepted: readonly string[]): ApiError =>
  failure(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
/** 410: a continue token or revision that is too old. */
export const expired = (message: string): ApiError => failure(410, 'Expired', message);
/** 410 without the hint to list again. */
export const gone = (message: string): ApiError => failure(410, 'Gone', message);
/** 413: a body of more than `limit` bytes. */
export const tooLargeBody = (limit: number): ApiError =>
  failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);
/** 504: a revision that lies in the future; clients come back after a second. */
export const tooLargeResourceVersion = (asked: number, current: number): ApiError =>
  failure(504, 'Timeout', `Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
/** The request took longer than the server waits. */
export const requestTimeout = (): ApiError => failure(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout', {});
/** 429: not now; an eviction that a budget forbids answers so too. `retryAfterSeconds` 0 leaves open when. */
export const tooManyRequests = (message: string, retryAfterSeconds: number, causes?: StatusCause[]): ApiError =>
  failure(429, 'TooManyRequests', message, { ...(retryAfterSeconds > 0 && { retryAfterSeconds }), causes });
/** 500: a bug of ours, or a server that we depend on. */
export const internalError = (message: string): ApiError =>
  failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
/**
 * 503: the log cannot be written or read at the moment. With `retryAfterSeconds` clients ask again by themselves, so only when it is
 * certain that nothing was done.
 */
export const unavailable = (message: string, retryAfterSeconds?: number): ApiError =>
  failure(503, 'ServiceUnavailable', message, retryAfterSeconds === undefined ? undefined : { retryAfterSeconds });

/** A patch that does not fit the object. Upstream answers in general terms, whatever went wrong. */
export const rejectedPatch = (): ApiError => failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

/** An error that upstream did not foresee: 500 with the bare text and no reason. */
export const unforeseen = (message: string): ApiError =>
  new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 });

/** More operations in a JSON patch than upstream takes. */
export const tooManyOperations = (limit: number, given: number): ApiError =>
  failure(
    413,
    'RequestEntityTooLarge',
    `Request entity too large: The allowed maximum operations in a JSON patch is ${limit}, got ${given}`,
  );
