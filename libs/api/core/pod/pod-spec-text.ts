import { TOKEN_VOLUME } from '#lib/api/core/pod/pod-admission';
import type { PodSpec } from '#lib/api/core/pod/pod-types';

interface PodLike {
  readonly metadata: { readonly name: string };
  readonly spec: PodSpec;
}

const TOKEN_NAME = new RegExp(`^${TOKEN_VOLUME}[a-z0-9]{1,10}$`);

/** The last spec that was written out. */
interface Written {
  readonly spec: PodSpec;
  readonly json: string;
  readonly text: string;
}

let last: Written | undefined;

/**
 * A text that is the same for two pods when everything that is to be said of one spec is to be said of the other: all that the verdict of
 * validation depends on. The token volume, which has another name in every pod, is called the same; the pod's own name matters for claims
 * that are made from templates.
 */
export function podSpecText({ spec, metadata }: PodLike): string {
  const json = JSON.stringify(spec);
  const [token, ...others] = (spec.volumes ?? []).filter(({ name }) => name?.startsWith(TOKEN_VOLUME));
  const isOurs = token !== undefined && others.length === 0 && TOKEN_NAME.test(token.name);
  const named = json.includes('"ephemeral":') ? `${metadata.name} ${json}` : json;
  const text = isOurs ? named.replaceAll(`"${token.name}"`, '"\\u0000"') : named;
  last = { spec, json, text };
  return text;
}

/** The text that `podSpecText` made of this very spec just before: nobody changes a pod between its validation and its warnings. */
export const samePodSpecText = (pod: PodLike): string => (last?.spec === pod.spec ? last.text : podSpecText(pod));

/** The JSON of a spec that was written out just before; undefined for any other. */
export const podSpecJson = ({ spec }: PodLike): string | undefined => (last?.spec === spec ? last.json : undefined);
