import { stringify } from 'yaml';
import type { KubeObject } from '#lib/api/meta';
import { unifiedDiff } from './unified';

/** An object as the YAML that is compared: members in alphabetical order, without what every write moves. */
export function comparableYaml(object: KubeObject | undefined): string {
  if (!object) return '';
  let text = texts.get(object);
  if (text === undefined) {
    const { resourceVersion: _, managedFields: __, ...metadata } = object.metadata;
    text = stringify({ ...object, metadata }, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
    texts.set(object, text);
  }
  return text;
}

/** In a history every version is compared twice, and writing YAML is most of the work. */
const texts = new WeakMap<KubeObject, string>();

/** Two versions as a unified diff; '' when they are the same. `name` stands in its head, with the revisions. */
export function objectDiff(before: KubeObject | undefined, after: KubeObject | undefined, name = ''): string {
  const label = (side: string, object: KubeObject | undefined): string =>
    object ? `${side}/${name || nameOf(object)}\t@${object.metadata.resourceVersion}` : '/dev/null';
  return unifiedDiff(comparableYaml(before), comparableYaml(after), label('a', before), label('b', after));
}

const nameOf = ({ kind, metadata }: KubeObject): string =>
  `${metadata.namespace ? `${metadata.namespace}/` : ''}${kind.toLowerCase()}/${metadata.name}.yaml`;
