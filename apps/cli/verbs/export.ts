import { IsString, MinLength } from 'class-validator';
import { statSync } from 'node:fs';
import { asking, KUBECONFIG_FLAG } from '../ask';
import { writeBundle } from '../bundle/file';
import { defineVerb, UserError } from '../verb';

class ExportOptions {
  @IsString()
  @MinLength(1)
  file = '';

  @IsString()
  kubeconfig = '';
}

/** One file with a stretch of the log, the world before it, and the proof that nothing is missing or changed. */
export const exportVerb = defineVerb<ExportOptions>({
  name: 'export',
  usage: '<from>..<to> --file FILE',
  summary: 'Write a stretch of the log to one file that proves itself: to keep, to send, to serve elsewhere',
  options: ExportOptions,
  flags: { file: { type: 'string', short: 'o', about: 'The file to write' }, kubeconfig: KUBECONFIG_FLAG },
  words: { min: 1, max: 1 },
  async run({ file, kubeconfig }, [range = '']) {
    const [, from, to] = /^(\d+)\.\.(\d+|head)$/.exec(range) ?? [];
    if (!from || !to) throw new UserError(`export: ${JSON.stringify(range)} is no range: write 1..5000, or 1..head`, 2);
    await asking(kubeconfig, async (client) => {
      const last = to === 'head' ? (await client.get<{ revision: number }>('/decklog/v1/head')).revision : Number(to);
      await writeBundle(file, asText(client.lines<object>(`/decklog/v1/export?from=${from}&to=${last}`)));
      process.stdout.write(`${file}: entries ${from} to ${last} with the world before them, ${statSync(file).size} bytes\n`);
    });
    return 0;
  },
});

/** JSON.stringify gives back what the server wrote: the lines were made by it. */
async function* asText(lines: AsyncIterable<object>): AsyncIterable<string> {
  for await (const line of lines) yield `${JSON.stringify(line)}\n`;
}
