import { ApiError, conflict } from '#lib/api/errors';
import type { AnyKind } from '#lib/api/kind';
import { blameOf } from './blame';
import { isWithin } from './parts';
import type { Superseded } from './merge-back';
import type { HistoryReader } from './reader';

/** Why one thing cannot be taken back without undoing what came later. */
export interface Obstacle {
  /** A field, or '' for the object. */
  readonly field: string;
  readonly message: string;
  /** `force` does not get over it: what is there stays as it is. */
  readonly stays?: true;
}

/** The reasons of the causes of such a refusal, by which a client tells it from other conflicts, and whether `force` would help. */
export const SUPERSEDED = 'FieldSuperseded';
export const STAYS = 'InTheWay';

/** 409 with a cause for each obstacle. Nothing was written. */
export function refusal(kind: AnyKind, name: string, obstacles: readonly Obstacle[]): ApiError {
  const what = obstacles.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ');
  const { status } = conflict(kind, name, what);
  const causes = obstacles.map(({ field, message, stays }) => ({ reason: stays ? STAYS : SUPERSEDED, message, field }));
  return new ApiError({ ...status, details: { ...status.details, causes } });
}

/** Fields that were changed since, each with who did. `secret` values are not told. */
export async function obstaclesOf(
  reader: HistoryReader,
  { resource, namespace, name, uid }: { resource: string; namespace: string; name: string; uid: string },
  superseded: readonly Superseded[],
  secret: boolean,
): Promise<Obstacle[]> {
  const fields = (await blameOf(reader.versions({ resources: [resource], namespace, name, uid })))?.fields ?? [];
  return superseded.map(({ path, wrote, found }) => {
    const last = fields
      .filter((field) => isWithin(field.path, path))
      .reduce<number>((newest, { revision }) => Math.max(newest, revision), 0);
    const by = fields.find(({ revision }) => revision === last);
    const since = by ? ` by revision ${last} (${by.controller ?? by.command ?? by.user})` : '';
    const values = secret ? '' : `: it wrote ${told(wrote)}, now it is ${told(found)}`;
    return { field: path, message: `was changed again${since}${values}` };
  });
}

const MAX_VALUE = 120;

function told(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
