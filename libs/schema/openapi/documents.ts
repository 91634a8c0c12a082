import { documentOf, type CachedDocument } from '#lib/schema/discovery/documents';
import { discoveredGroups, type DiscoveredGroup } from '#lib/schema/discovery/resources';
import { gnosticV2 } from './gnostic';
import { mergedV2 } from './merge';
import { v2Document, type V2Document } from './v2';
import { v3Document } from './v3';

type Served = readonly DiscoveredGroup[];

/** Documents are made on first use and kept as long as what they describe is: a group's version, or all that is served. */
const made = new WeakMap<object, Map<string, CachedDocument>>();

function once(of: object, key: string, make: () => string | Buffer): CachedDocument {
  let known = made.get(of);
  if (!known) made.set(of, (known = new Map()));
  let document = known.get(key);
  if (!document) {
    document = documentOf(make());
    known.set(key, document);
  }
  return document;
}

const pathOf = (group: string, version: string): string => (group === '' ? `api/${version}` : `apis/${group}/${version}`);

/** `GET /openapi/v3`: where the document of each group and version is; its hash lets clients keep it for ever. */
export function openapiV3Index(served: Served = discoveredGroups()): { paths: Record<string, { serverRelativeURL: string }> } {
  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const group of served) {
    for (const { version, remote } of group.versions) {
      const path = pathOf(group.name, version);
      const hash = remote ? remote.v3Hash : openapiV3(path, served)!.etag;
      if (hash !== undefined) paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
  }
  return { paths };
}

/**
 * `GET /openapi/v3/<path>`, where the path is `api/v1` or `apis/<group>/<version>`; undefined when nothing is served there, or by another
 * server.
 */
export function openapiV3(path: string, served: Served = discoveredGroups()): CachedDocument | undefined {
  for (const group of served) {
    const version = group.versions.find((each) => pathOf(group.name, each.version) === path);
    if (version?.remote) return undefined;
    if (version) return once(version, 'v3', () => JSON.stringify(v3Document(group, version)));
  }
  return undefined;
}

const whole = (served: Served): V2Document =>
  mergedV2(
    v2Document(served),
    served.flatMap(({ versions }) => versions.flatMap(({ remote }) => remote?.v2 ?? [])),
  );

/** `GET /openapi/v2` as JSON. */
export const openapiV2Json = (served: Served = discoveredGroups()): CachedDocument =>
  once(served, 'v2/json', () => JSON.stringify(whole(served)));

/** `GET /openapi/v2` as gnostic's protobuf, which kubectl before 1.29 cannot do without. */
export const openapiV2Proto = (served: Served = discoveredGroups()): CachedDocument =>
  once(served, 'v2/proto', () => gnosticV2(whole(served)));
