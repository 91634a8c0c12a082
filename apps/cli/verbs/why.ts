import { ASK_OBJECT_FLAGS, asking, AskObjectOptions, objectQuery } from '../ask';
import { causesOf, nameOf, printDocument, printTable, timeOf } from '../print';
import { defineVerb } from '../verb';

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

/** Tells how an object came to be as it is: from somebody's command through every controller, also when it is gone. */
export const why = defineVerb<AskObjectOptions>({
  name: 'why',
  usage: '<kind>/<name> [-n NAMESPACE] [--at REVISION|TIME]',
  summary: 'Explain how an object came to be as it is, from the command that began it; works after deletion too',
  options: AskObjectOptions,
  flags: ASK_OBJECT_FLAGS,
  words: { min: 1, max: 2 },
  async run(options, words) {
    const query = objectQuery(words, options);
    const story = await asking(options.kubeconfig, (client) => client.get<Story>(`/decklog/v1/why?${query}`));
    if (options.output !== 'table') printDocument(options.output, story);
    else printStory(story);
    return 0;
  },
});

/** The same, but only what led to the end. */
export const whyDeleted = defineVerb<AskObjectOptions>({
  name: 'why-deleted',
  usage: '<kind>/<name> [-n NAMESPACE] [--at REVISION|TIME]',
  summary: 'Explain who or what deleted an object, from the command that began it',
  options: AskObjectOptions,
  flags: ASK_OBJECT_FLAGS,
  words: { min: 1, max: 2 },
  async run(options, words) {
    const query = objectQuery(words, options);
    query.set('part', 'deletion');
    const story = await asking(options.kubeconfig, (client) => client.get<Story>(`/decklog/v1/why?${query}`));
    if (options.output !== 'table') printDocument(options.output, story);
    else if (story.steps.length === 0) process.stdout.write('nobody has asked it to go\n');
    else printStory(story);
    return story.steps.length === 0 ? 1 : 0;
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
