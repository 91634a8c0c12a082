import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { kindOfObject } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import type { Command } from '#lib/reconcile/command';
import { isKeyedController, isWorldController, type Controller, type ObjectController } from '#lib/reconcile/controller';
import { build } from './builders/object';
import { given } from './given';
import { NOW } from './now';

interface Header {
  readonly now?: string;
  readonly facts?: unknown;
  readonly key?: string;
}

/**
 * One test per `<folder>/*.input.yaml`: its commands must be those of `*.output.yaml`. Run with UPDATE_TESTDATA=1 to write the outputs.
 *
 * An input is what a user would `kubectl get -o yaml`: the object to decide about first, then the rest of the world (for world
 * controllers just the world). What the API server fills in may be left out: uid, times, resourceVersion, defaults.
 * A first document without `kind` sets `now` (default: NOW), `facts`, and `key` for controllers that name their own keys.
 */
export function golden(controller: Controller, folder: string): void {
  const inputs = readdirSync(folder)
    .filter((file) => file.endsWith('.input.yaml'))
    .sort();
  if (inputs.length === 0) throw new Error(`no *.input.yaml in ${folder}`);
  test.each(inputs)('%s', (file) => {
    const commands = decideFrom(controller, readFileSync(join(folder, file), 'utf8'));
    const output = join(folder, file.replace(/\.input\.yaml$/, '.output.yaml'));
    const got = stringify(asJson(commands), { lineWidth: 0, aliasDuplicateObjects: false });
    if (process.env.UPDATE_TESTDATA) writeFileSync(output, got);
    expect(got).toBe(readFileSync(output, 'utf8'));
  });
}

/** The commands of the controller in the world of this YAML. */
export function decideFrom(controller: Controller, yaml: string): readonly Command[] {
  const documents = parseAllDocuments(yaml)
    .map((document) => document.toJS() as Header | KubeObject | null)
    .filter((d) => d !== null);
  const header = documents[0] && !('kind' in documents[0]) ? (documents.shift() as Header) : {};
  const objects = (documents as KubeObject[]).map(complete);
  const now = header.now ?? NOW;
  if (isWorldController(controller)) return given(controller).at(now)(...objects);
  if (isKeyedController(controller)) return given(controller).at(now)(header.key ?? '', ...objects);
  const [first, ...others] = objects;
  if (!first) throw new Error('the input has no object');
  return given(controller as ObjectController)
    .at(now)
    .knowing(header.facts)(first, ...others);
}

function complete(object: KubeObject): KubeObject {
  const kind = kindOfObject(object);
  if (!kind) throw new Error(`kind ${object.apiVersion}/${object.kind} is not in libs/api/kinds.ts`);
  const status = kind.subresources.includes('status') ? { status: {} } : {};
  const { metadata, ...body } = object;
  const built = build(kind, metadata, { ...status, ...body });
  return { ...built, metadata: { ...built.metadata, ...metadata } };
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
