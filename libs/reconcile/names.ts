import type { KubeObject } from '#lib/api/meta';
import { MAX_SUBDOMAIN } from '#lib/api/validation/names';

/** The `generateName` of an owner's children: its name and a dash, or the name alone when there is no room. Mirrors getPodsPrefix. */
export function childPrefix(owner: KubeObject): string {
  const prefix = `${owner.metadata.name}-`;
  return prefix.length > MAX_SUBDOMAIN ? owner.metadata.name : prefix;
}

/** `<name>-<hash>`; a name that leaves no room is cut. Mirrors generateReplicaSetName. */
export const hashedName = (owner: KubeObject, hash: string): string =>
  `${owner.metadata.name.slice(0, MAX_SUBDOMAIN - hash.length - 1)}-${hash}`;
