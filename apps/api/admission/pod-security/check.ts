import type { ObjectMeta } from '#lib/api/meta';
import { containersWithPaths, type Container, type EphemeralContainer, type PodSpec } from '#lib/api/core/pod/pod-types';

/** What is judged: pods, and what workloads make their pods from. */
export interface Judged {
  readonly metadata: Pick<ObjectMeta, 'annotations'>;
  readonly spec: PodSpec;
}

/** What is wrong with it, in upstream's words: a reason, and who or what in detail. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** One rule of a level, from a minor version of Kubernetes on. Mirrors pod-security-admission/policy/check_*.go. */
export interface Check {
  readonly since?: number;
  /** The rule of the baseline that a stricter one takes the place of. */
  readonly replaces?: Check;
  judge(pod: Judged, version: number): Violation | undefined;
}

/** A bare check. */
export const check = (judge: Check['judge'], options: Pick<Check, 'since' | 'replaces'> = {}): Check => ({ judge, ...options });

/** All containers of the three lists. */
export const containersOf = (spec: PodSpec): (Container | EphemeralContainer)[] =>
  containersWithPaths(spec, '').map(([container]) => container);

/** The names of the containers that are so. */
export const containersThat = (spec: PodSpec, holds: (container: Container | EphemeralContainer) => boolean): string[] =>
  containersOf(spec)
    .filter(holds)
    .map(({ name }) => name);

/** `"a", "b"` */
export const quoted = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(', ');

/** Sorted, each once. */
export const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** `container "a"`, `containers "a", "b"`. */
export const counted = (one: string, names: readonly string[]): string => `${names.length === 1 ? one : `${one}s`} ${quoted(names)}`;

/** `pod and containers "a", "b"`: those who set something they should not. */
export const setters = (pod: boolean, containers: readonly string[]): string =>
  [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [counted('container', containers)] : [])].join(' and ');

/** Windows knows no capabilities, no seccomp and no root: from 1.25 on those rules leave its pods alone. */
export const isWindows = ({ spec }: Judged, version: number): boolean => version >= 25 && spec.os?.name === 'windows';
