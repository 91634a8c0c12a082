import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#lib/schema/facts';

/** By type id (`core/v1.Pod`) and field; '' is the type itself. Written by libs/schema/build-descriptions.mjs when building. */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

let loaded: Descriptions | undefined;

/** What a type or field is for, as `kubectl explain` shows it; undefined when it was not built or is not known. */
export function descriptionOf(type: string, field: string): string | undefined {
  loaded ??= read(join(projectRoot(), 'dist/descriptions.json'));
  const fields = loaded[type];
  return fields && Object.hasOwn(fields, field) ? fields[field] : undefined;
}

/** An empty table when the file is not there: descriptions are a comfort, not a need. */
function read(path: string): Descriptions {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Descriptions) : {};
}
