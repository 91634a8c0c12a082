import { sameValue } from '#lib/api/equality';
import { badRequest, rejectedPatch, tooManyOperations } from '#lib/api/errors';

/** RFC 6902. Upstream answers every failed operation with the same 422. */
const MAX_OPERATIONS = 10_000;
/** Upstream's limit for what copies may add to a document: its limit for request bodies. */
const MAX_COPIED_BYTES = 3 * 1024 * 1024;

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

type Container = Record<string, unknown> | unknown[];

/** Applies the operations to a copy of the document. @throws ApiError 400 for what is no patch, 413, 422 when an operation fails. */
export function jsonPatch(document: unknown, patch: unknown): unknown {
  const operations = checked(patch);
  const holder = { document: structuredClone(document) };
  let copied = 0;
  for (const operation of operations) {
    copied += operation.op === 'copy' ? sizeOf(holder, operation.from) : 0;
    if (copied > MAX_COPIED_BYTES) throw rejectedPatch();
    apply(holder, operation);
  }
  return holder.document;
}

const MEMBERS = new Set(['op', 'path', 'from', 'value']);

/** `unknown field "[0].opp"` for members that an operation does not have. */
export function unknownMembers(patch: unknown): string[] {
  if (!Array.isArray(patch)) return [];
  return patch.flatMap((operation: unknown, at) =>
    typeof operation === 'object' && operation !== null
      ? Object.keys(operation)
          .filter((name) => !MEMBERS.has(name))
          .map((name) => `unknown field "[${at}].${name}"`)
      : [],
  );
}

function checked(patch: unknown): Operation[] {
  if (!Array.isArray(patch)) {
    const word = patch === null ? 'null' : typeof patch === 'boolean' ? 'bool' : typeof patch;
    throw badRequest(`error decoding patch: json: cannot unmarshal ${word} into Go value of type []handlers.jsonPatchOp`);
  }
  if (patch.length > MAX_OPERATIONS) throw tooManyOperations(MAX_OPERATIONS, patch.length);
  for (const operation of patch as unknown[]) {
    if (typeof operation !== 'object' || operation === null || Array.isArray(operation)) {
      throw badRequest(
        'error decoding patch: json: cannot unmarshal a value that is not an object into Go value of type handlers.jsonPatchOp',
      );
    }
    for (const name of ['op', 'path', 'from'] as const) {
      const given = (operation as Record<string, unknown>)[name];
      if (given !== undefined && given !== null && typeof given !== 'string') {
        throw badRequest(
          `error decoding patch: json: cannot unmarshal ${typeof given} into Go struct field jsonPatchOp.${name} of type string`,
        );
      }
    }
  }
  return patch as Operation[];
}

function apply(holder: { document: unknown }, operation: Operation): void {
  const { op, path } = operation;
  if (typeof path !== 'string') throw rejectedPatch();
  switch (op) {
    case 'add':
      return add(holder, path, given(operation));
    case 'remove':
      return void remove(holder, path);
    case 'replace':
      return replace(holder, path, given(operation));
    case 'move':
      return add(holder, path, remove(holder, from(operation)));
    case 'copy':
      return add(holder, path, structuredClone(get(holder, from(operation))));
    case 'test':
      if (!sameValue(find(holder, path) ?? null, operation.value ?? null)) throw rejectedPatch();
      return;
    default:
      throw rejectedPatch();
  }
}

const given = (operation: Operation): unknown => structuredClone(operation.value ?? null);

function from(operation: Operation): string {
  if (typeof operation.from !== 'string') throw rejectedPatch();
  return operation.from;
}

/** The steps of a JSON pointer; '' is the document itself. */
function steps(path: string): string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw rejectedPatch();
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replace(/~1/g, '/').replace(/~0/g, '~'));
}

/** Where the last step of a path is taken. The whole document is the member of a holder. */
function place(holder: { document: unknown }, path: string): { container: Container; key: string } {
  const keys = steps(path);
  const last = keys.pop();
  if (last === undefined) return { container: holder, key: 'document' };
  let container: unknown = holder.document;
  for (const key of keys) container = member(container, key);
  if (typeof container !== 'object' || container === null) throw rejectedPatch();
  return { container: container as Container, key: last };
}

function member(container: unknown, key: string): unknown {
  if (Array.isArray(container)) return container[indexOf(key, container.length - 1)];
  if (typeof container !== 'object' || container === null || !Object.hasOwn(container, key)) throw rejectedPatch();
  return (container as Record<string, unknown>)[key];
}

/** An index of a list. Negative ones count from the end, as upstream's library allows. */
function indexOf(key: string, highest: number): number {
  if (!/^-?\d+$/.test(key)) throw rejectedPatch();
  const index = Number(key) < 0 ? highest + 1 + Number(key) : Number(key);
  if (index < 0 || index > highest) throw rejectedPatch();
  return index;
}

function get(holder: { document: unknown }, path: string): unknown {
  const { container, key } = place(holder, path);
  return member(container, key);
}

/** As get, but a member that is not there is null: `test` for null succeeds on it. */
function find(holder: { document: unknown }, path: string): unknown {
  const { container, key } = place(holder, path);
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
  return member(container, key);
}

function add(holder: { document: unknown }, path: string, value: unknown): void {
  const { container, key } = place(holder, path);
  if (!Array.isArray(container)) return set(container, key, value);
  container.splice(key === '-' ? container.length : indexOf(key, container.length), 0, value);
}

function remove(holder: { document: unknown }, path: string): unknown {
  const { container, key } = place(holder, path);
  const removed = member(container, key);
  if (Array.isArray(container)) container.splice(indexOf(key, container.length - 1), 1);
  else delete container[key];
  return removed;
}

function replace(holder: { document: unknown }, path: string, value: unknown): void {
  const { container, key } = place(holder, path);
  member(container, key);
  if (Array.isArray(container)) container[indexOf(key, container.length - 1)] = value;
  else set(container, key, value);
}

/** A member may be called `__proto__`; an assignment would not make one. */
function set(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

const sizeOf = (holder: { document: unknown }, path: string | undefined): number => JSON.stringify(find(holder, path ?? '') ?? null).length;
