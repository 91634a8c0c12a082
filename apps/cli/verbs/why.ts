import { IsIn, IsString } from 'class-validator';
import { asking, KUBECONFIG_FLAG, objectOf } from '../ask';
import { FORMATS, nameOf, printDocument, printTable, timeOf, type Format } from '../print';
import { defineVerb } from '../verb';

class WhyOptions {
  @IsString()
  namespace = 'default';

  @IsString()
  at = '';

  @IsIn(FORMATS)
  output: Format = 'table';

  @IsString()
  kubeconfig = '';
}

interface Story {
  readonly gone: boolean;
  readonly steps: readonly {
    readonly revision: number;
    readonly at: string;
    readonly resource: string;
    readonly namespace: string;
    readonly name: string;
    readonly user: string;
    readonly command?: string;
    readonly controller?: string;
    readonly cause: readonly number[];
    readonly summary: string;
  }[];
}

/** So many causes fit a line; the JSON has them all. */
const MAX_CAUSES = 3;

/** Tells how an object came to be as it is: from somebody's command through every controller, also when it is gone. */
export const why = defineVerb<WhyOptions>({
  name: 'why',
  usage: '<kind>/<name> [-n NAMESPACE] [--at REVISION|TIME]',
  summary: 'Explain how an object came to be as it is, from the command that began it; works after deletion too',
  options: WhyOptions,
  flags: {
    namespace: { type: 'string', short: 'n', about: 'Namespace of the object (default: default)' },
    at: { type: 'string', about: 'As of this revision or RFC 3339 time (default: now)' },
    output: { type: 'string', short: 'o', about: 'table, json or yaml (default table)' },
    kubeconfig: KUBECONFIG_FLAG,
  },
  words: { min: 1, max: 2 },
  async run(options, words) {
    const { kind, name } = objectOf(words);
    const query = new URLSearchParams({ resource: kind.resource, namespace: kind.namespaced ? options.namespace : '', name });
    if (options.at !== '') query.set('at', options.at);
    const story = await asking(options.kubeconfig, (client) => client.get<Story>(`/decklog/v1/why?${query}`));
    if (options.output !== 'table') printDocument(options.output, story);
    else printStory(story);
    return 0;
  },
});

function printStory(story: Story): void {
  const rows = story.steps.map((step) => [
    String(step.revision),
    timeOf(step.at),
    step.command ?? step.controller ?? step.user,
    nameOf(step),
    step.summary,
    causesOf(step.cause),
  ]);
  printTable(['REVISION', 'TIME', 'BY', 'OBJECT', 'WHAT', 'BECAUSE OF'], rows);
}

function causesOf(cause: readonly number[]): string {
  if (cause.length === 0) return '-';
  const shown = cause.slice(-MAX_CAUSES).join(',');
  return cause.length > MAX_CAUSES ? `${shown},…` : shown;
}
