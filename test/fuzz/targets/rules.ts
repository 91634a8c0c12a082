import { sameValue } from '#lib/api/equality';
import type { AnyKind } from '#lib/api/kind';
import { kinds } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import { validateMeta, validateMetaUpdate } from '#lib/api/validation/meta';
import { decodeBody, JSON_TYPE } from '#lib/schema/decode/body';
import { decodeMessage } from '#lib/schema/protobuf/decode';
import { encodeMessage, isEncodable } from '#lib/schema/protobuf/encode';
import { ProtoReader } from '#lib/schema/protobuf/wire';
import { cellsOf } from '#lib/schema/table';
import { typeTable } from '#lib/schema/types';
import { HALF, mutated, objectOf, pick } from '../generate';
import { Fault, takes, type Target } from '../target';

interface RulesInput {
  readonly resource: string;
  readonly first: object;
  readonly second: unknown;
}

/** Those whose objects are written; what is made when it is read comes from the server itself. */
const stored = kinds.filter((kind) => !kind.view);

const NOW = new Date('2026-06-01T00:00:00Z');
const METADATA = { name: 'a', labels: { app: 'web' } };

/**
 * What a kind makes of any object, and says of it: defaults, rules, warnings; of those that its rules let through also columns, look-ups,
 * messages.
 */
export const rules: Target<RulesInput> = {
  name: 'kinds: defaults, rules, columns',
  share: 5,

  make(random) {
    const { resource, apiVersion, kind } = pick(random, stored);
    const made = (): Record<string, unknown> => objectOf(random, { apiVersion, kind }, METADATA);
    const first = made();
    return { resource, first, second: random() < 0.7 ? mutated(random, first) : made() };
  },

  run({ resource, first, second }) {
    const kind = stored.find((each) => each.resource === resource) ?? (stored[0] as AnyKind);
    return takes(() => {
      const previous = stamped(kind, first);
      kind.prepareCreate?.(previous, { now: NOW });
      complete(kind, previous);
      const wrong = [...validateMeta(kind, previous), ...(kind.validate?.(previous) ?? []), ...(kind.validateCreate?.(previous) ?? [])];
      kind.warnings?.(previous, undefined);
      if (wrong.length === 0) look(kind, previous);
      if (typeof second !== 'object' || second === null) return;
      const next = stamped(kind, second);
      kind.prepareUpdate?.(next, previous, { now: NOW });
      complete(kind, next);
      validateMetaUpdate(next, previous);
      const all = [...validateMeta(kind, next), ...(kind.validate?.(next) ?? []), ...(kind.validateUpdate?.(next, previous, { now: NOW }) ?? [])];
      if (kind.subresources.includes('status')) kind.validateStatus?.(next, previous);
      kind.warnings?.(next, previous);
      if (all.length === 0) look(kind, next);
    });
  },
};

function stamped(kind: AnyKind, made: object): KubeObject {
  const object = decodeBody(Buffer.from(JSON.stringify(made).replaceAll(HALF, 'x')), JSON_TYPE, kind, 'Ignore').object as unknown as KubeObject;
  object.metadata = { ...object.metadata, uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z', ...(kind.namespaced && { namespace: 'default' }) };
  object.metadata.name ??= '';
  return object;
}

/** Defaults that are given again change nothing. */
function complete(kind: AnyKind, object: KubeObject): void {
  kind.defaults?.(object);
  const once = JSON.stringify(object);
  kind.defaults?.(object);
  if (JSON.stringify(object) !== once) throw new Fault(`defaults of ${kind.resource} change what they made`);
}

function look(kind: AnyKind, object: KubeObject): void {
  for (const cell of cellsOf(kind)(object, NOW))
    if (cell === undefined || (typeof cell === 'number' && !Number.isFinite(cell))) throw new Fault(`a cell of ${kind.resource} is ${String(cell)}`);
  for (const value of Object.values(kind.selectableFields ?? {}))
    if (typeof value(object) !== 'string') throw new Fault(`a field of ${kind.resource} that can be selected is no text`);
  for (const index of Object.values(kind.indexes ?? {})) index(object);
  kind.route?.(object);
  kind.desired?.(object);
  kind.gracePeriod?.(object, undefined);
  kind.holdsDeletion?.(object);
  if (kind.subresources.includes('scale')) kind.scale?.read(object);
  const struct = typeTable().ofKind(kind.apiVersion, kind.kind);
  if (!struct || !isEncodable(struct)) return;
  const read = decodeBody(Buffer.from(JSON.stringify(decodeMessage(struct, new ProtoReader(encodeMessage(struct, object))))), JSON_TYPE, kind, 'Ignore').object;
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  if (!sameValue(plain(read), plain(decodeBody(Buffer.from(JSON.stringify(object)), JSON_TYPE, kind, 'Ignore').object)))
    throw new Fault(`as a message it is another: ${JSON.stringify(read).slice(0, 700)} and ${JSON.stringify(object).slice(0, 700)}`);
}
