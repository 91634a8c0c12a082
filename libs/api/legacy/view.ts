import { defineKind, type AnyKind, type Column, type Kind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';

/** Another version of a kind: what it is called, and what is different in it. */
export interface ViewSpec {
  readonly group: string;
  readonly version: string;
  readonly deprecation?: string;
  /**
   * From this version to the stored one, with the defaults that only this version has. Must not change its argument. Default: the same but
   * for the apiVersion.
   */
  toStored?(object: KubeObject): KubeObject;
  /** The way back. */
  fromStored?(object: KubeObject): KubeObject;
}

/**
 * An older version of a kind, served beside it: the same log entries, defaults and rules, in other words. It is in no category, so that
 * `kubectl get all` shows an object once.
 */
export function viewOf(stored: AnyKind, { group, version, deprecation, toStored = asIs, fromStored = asIs }: ViewSpec): Kind {
  const apiVersion = `${group}/${version}`;
  const into = (object: KubeObject): KubeObject => ({ ...toStored(object), apiVersion: stored.apiVersion });
  const outOf = (object: KubeObject): KubeObject => ({ ...fromStored(object), apiVersion });
  const { kind, plural, singular, scope, verbs, subresources, hasGeneration, nameRule } = stored;
  return defineKind({
    group,
    version,
    kind,
    plural,
    singular,
    scope,
    // In another group kubectl would warn, at each use of a short name, that it could mean this one too.
    shortNames: group === stored.group ? stored.shortNames : [],
    verbs,
    subresources,
    hasGeneration,
    nameRule,
    deprecation,
    storedAs: { apiVersion: stored.apiVersion, toStored: into, fromStored: outOf },
    validate: (object) => stored.validate?.(into(object)) ?? [],
    validateCreate: (object) => stored.validateCreate?.(into(object)) ?? [],
    validateUpdate: (object, previous, context) => stored.validateUpdate?.(into(object), into(previous), context) ?? [],
    selectableFields: Object.fromEntries(
      Object.entries(stored.selectableFields ?? {}).map(([field, value]) => [field, (object: KubeObject) => value(into(object))]),
    ),
    columns: stored.columns?.map((column: Column<KubeObject>) => ({
      ...column,
      value: (object: KubeObject, now: Date) => column.value(into(object), now),
    })),
  });
}

const asIs = (object: KubeObject): KubeObject => object;

/** The text that upstream warns with: which release deprecated the version, which no longer has it, and what to use. */
export const deprecated = (apiVersion: string, { apiVersion: instead, kind }: AnyKind, since: number, gone: number): string =>
  `${apiVersion} ${kind} is deprecated in v1.${since}+, unavailable in v1.${gone}+; use ${instead} ${kind}`;
