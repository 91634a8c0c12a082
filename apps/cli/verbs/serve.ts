import { IsInt, IsString, Max, Min, MinLength } from 'class-validator';
import { openBundle } from '../bundle/file';
import { defineVerb } from '../verb';

class ServeOptions {
  @IsInt()
  @Min(0)
  @Max(65_535)
  port = 6444;

  @IsString()
  @MinLength(1)
  host = '127.0.0.1';
}

/** kubectl reads a file as if it were a cluster: as it was at its end, and at every moment before. */
export const serve = defineVerb<ServeOptions>({
  name: 'serve',
  usage: '<file> [--port N]',
  summary: 'Open an exported file as a cluster that can only be read, for kubectl, until Ctrl-C',
  options: ServeOptions,
  flags: {
    port: { type: 'string', short: 'p', about: 'Port to listen on (default 6444)' },
    host: { type: 'string', about: 'Address to listen on (default 127.0.0.1)' },
  },
  words: { min: 1, max: 1 },
  async run({ host, port }, [file = '']) {
    const bundle = await openBundle(file);
    const { serveBundle } = await import('../bundle/serve.js');
    const server = await serveBundle(bundle, host, port);
    const { from, to, head } = bundle.header;
    process.stdout.write(`${file} verified: entries ${from} to ${to} (${head.at}), signed by key ${head.key}\n`);
    process.stdout.write(`kubectl --kubeconfig ${server.kubeconfig} get all -A\n`);
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    await server.stop();
    return 0;
  },
});
