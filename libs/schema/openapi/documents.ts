import { documentOf, type CachedDocument } from '#lib/schema/discovery/documents';
import { discoveredGroups } from '#lib/schema/discovery/resources';
import { gnosticV2 } from './gnostic';
import { v2Document } from './v2';
import { v3Document } from './v3';

/** Documents are made on first use and kept: the kinds are fixed while a process runs. */
const made = new Map<string, CachedDocument>();

function once(key: string, make: () => string | Buffer): CachedDocument {
  let document = made.get(key);
  if (!document) {
    document = documentOf(make());
    made.set(key, document);
  }
  return document;
}

const pathOf = (group: string, version: string): string => (group === '' ? `api/${version}` : `apis/${group}/${version}`);

/** `GET /openapi/v3`: where the document of each group and version is; its hash lets clients keep it for ever. */
export function openapiV3Index(): { paths: Record<string, { serverRelativeURL: string }> } {
  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const group of discoveredGroups()) {
    for (const { version } of group.versions) {
      const path = pathOf(group.name, version);
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${openapiV3(path)!.etag}` };
    }
  }
  return { paths };
}

/** `GET /openapi/v3/<path>`, where the path is `api/v1` or `apis/<group>/<version>`; undefined when nothing is served there. */
export function openapiV3(path: string): CachedDocument | undefined {
  for (const group of discoveredGroups()) {
    const version = group.versions.find((each) => pathOf(group.name, each.version) === path);
    if (version) return once(`v3/${path}`, () => JSON.stringify(v3Document(group, version)));
  }
  return undefined;
}

/** `GET /openapi/v2` as JSON. */
export const openapiV2Json = (): CachedDocument => once('v2/json', () => JSON.stringify(v2Document()));

/** `GET /openapi/v2` as gnostic's protobuf, which kubectl before 1.29 cannot do without. */
export const openapiV2Proto = (): CachedDocument => once('v2/proto', () => gnosticV2(v2Document()));
