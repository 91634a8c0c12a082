import type { AnyKind, Subresource } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { Kernel } from '../kernel';
import type { WriteRequest } from '../write/request';
import type { Attempt, Origin } from '../write/writer';
import type { HistoryAccess } from './access';
import type { FieldChange } from './fields';
import { HistoryReader } from './reader';

/** A wish to change the present back: who asks, and how. */
export interface Changing {
  readonly kernel: Kernel;
  readonly access: HistoryAccess;
  readonly now: Date;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly warnings: string[];
  origin(verb: string, subresource?: Subresource): Origin;
}

/** What was done to one object. */
export interface Done {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** `kept`: it is there as it was. */
  readonly change: 'created' | 'changed' | 'deleted' | 'kept';
  /** The entry that did it; absent when nothing was written. */
  readonly revision?: number;
  /** Of `changed`: which fields; of Secrets without the values. */
  readonly fields?: readonly FieldChange[];
}

/** Everything that was done. */
export interface Outcome {
  readonly dryRun: boolean;
  readonly objects: readonly Done[];
  /** Controllers make these again: `replicasets.apps/web-1`. */
  readonly leftToControllers?: readonly string[];
}

/** Shows secrets: what is restored goes through the pipeline, not to the user. */
export const readerOf = ({ kernel }: Changing): HistoryReader => new HistoryReader(kernel.log, kernel.sealer, true);

/** A write of the usual pipeline. */
export function writeOf(
  changing: Changing,
  kind: AnyKind,
  namespace: string,
  name: string,
  verb: string,
  subresource?: Subresource,
): WriteRequest {
  const { now, dryRun, warnings } = changing;
  return { kind, namespace, name, ...(subresource && { subresource }), origin: changing.origin(verb, subresource), now, dryRun, warnings };
}

/** Writes, or only decides when it is a dry run. */
export function run<R>({ kernel, dryRun }: Changing, origin: Origin, attempt: Attempt<R>): Promise<R> {
  return dryRun ? Promise.resolve().then(() => kernel.writer.rehearse(attempt)) : kernel.writer.submit(origin, attempt);
}

/** The entry that wrote a version, unless nothing was written. */
export const revisionOf = ({ dryRun }: Changing, object: KubeObject): { revision?: number } =>
  dryRun ? {} : { revision: Number(object.metadata.resourceVersion) };
