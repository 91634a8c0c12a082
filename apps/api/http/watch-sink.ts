import type { WatchSink } from '../read/watch';
import { warningHeaders, type Exchange } from './exchange';

/** The answer as a stream of events. Headers go out at once: clients wait for them before they trust the watch. */
export function watchSink(exchange: Exchange, contentType: string): WatchSink {
  const { response, request } = exchange;
  response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-cache, private', ...warningHeaders(exchange.warnings) });
  if ('flushHeaders' in response) response.flushHeaders();
  let open = true;
  return {
    write: (line) => {
      if (open) (response.write as (chunk: Buffer) => boolean)(line);
    },
    end: () => {
      if (open) response.end();
      open = false;
    },
    buffered: () => response.writableLength,
    onClose: (listener) => {
      const closed = (): void => {
        open = false;
        listener();
      };
      response.once('close', closed);
      request.once('aborted', closed);
    },
  };
}
