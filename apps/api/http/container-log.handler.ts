import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { badRequest, notFound, unforeseen } from '#lib/api/errors';
import { NoAnswer } from '#lib/bus/bus';
import { logSubject, type LogOptions, type LogReply, type LogRequest } from '#lib/runtime/container-logs';
import type { Kernel } from '../kernel';
import { containerFor, logQuestionOf, runWithLog, statusOf } from '../read/container-log';
import type { Exchange } from './exchange';
import { writeHead } from './head';
import type { ReadHandler } from './read.handler';
import type { ResourceRequest } from './resource';

/** How often a followed log is asked for more while nothing is known to have happened. */
const ASK_AGAIN_MS = 1_000;

/** An agent that is there answers at once. */
const PATIENCE_MS = 10_000;

/** GET pods/log: text from the agent of the pod's node, which is asked over the bus. Mirrors pkg/registry/core/pod/rest/log.go. */
export class ContainerLogHandler {
  constructor(
    private readonly kernel: Kernel,
    private readonly reads: ReadHandler,
  ) {}

  async handle(exchange: Exchange, request: ResourceRequest): Promise<void> {
    if (exchange.past !== undefined) throw badRequest('what containers print is not in the event log');
    const { container: asked, follow, options } = logQuestionOf(exchange.query, request.name);
    const pod = (await this.reads.find({ ...exchange, query: new URLSearchParams() }, request)) as Pod;
    const container = containerFor(pod, asked);
    if (!pod.spec.nodeName) return textStream(exchange).end();
    if (!this.kernel.world.get(Node, '', pod.spec.nodeName)) throw notFound(Node, pod.spec.nodeName);
    const run = runWithLog(pod, container, options.previous === true);
    const text = await this.ask(pod, container, options);
    const stream = textStream(exchange);
    stream.write(text ?? `unable to retrieve container logs for ${run.id}`);
    if (follow && text !== undefined && !run.isPrevious) await this.follow(pod, container, run.id, options, stream);
    stream.end();
  }

  /** Sends what comes until this run has ended or the client leaves. */
  private async follow(pod: Pod, container: string, id: string, options: LogOptions, stream: TextStream): Promise<void> {
    const { world } = this.kernel;
    const whole: LogOptions = { ...options, tailLines: undefined, limitBytes: undefined };
    let seen = (await this.ask(pod, container, whole))?.length ?? 0;
    const hasEnded = (): boolean => !stream.isOpen() || !isRunning(this.current(pod), container, id);
    for (let ended = hasEnded(); !ended;) {
      ended = await world.until(hasEnded, ASK_AGAIN_MS);
      const text = stream.isOpen() ? ((await this.ask(pod, container, whole)) ?? '') : '';
      if (text.length > seen) stream.write(text.slice(seen));
      seen = Math.max(seen, text.length);
    }
  }

  private current(pod: Pod): Pod | undefined {
    const { namespace, name, uid } = pod.metadata;
    const current = this.kernel.world.get(Pod, namespace ?? '', name);
    return current?.metadata.uid === uid ? current : undefined;
  }

  private async ask(pod: Pod, container: string, options: LogOptions): Promise<string | undefined> {
    const { namespace = '', name } = pod.metadata;
    const node = pod.spec.nodeName ?? '';
    const question: LogRequest = { namespace, pod: name, container, options };
    try {
      return (await this.kernel.bus.request<LogReply>(logSubject(node), question, PATIENCE_MS)).log;
    } catch (error) {
      if (error instanceof NoAnswer) throw unforeseen(`the agent of node ${JSON.stringify(node)} does not answer`);
      throw error;
    }
  }
}

function isRunning(pod: Pod | undefined, container: string, id: string): boolean {
  const status = pod && statusOf(pod, container);
  return status?.state?.running !== undefined && status.containerID === id;
}

interface TextStream {
  write(text: string): void;
  end(): void;
  isOpen(): boolean;
}

/** The answer as plain text that comes in pieces. After this no error can be sent any more. */
function textStream({ response }: Exchange): TextStream {
  let open = true;
  response.once('close', () => (open = false));
  writeHead(response, 200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' });
  if ('flushHeaders' in response) response.flushHeaders();
  const write = response.write.bind(response) as (chunk: string) => boolean;
  return {
    write: (text) => void (open && text !== '' && write(text)),
    end: () => void (open && response.end()),
    isOpen: () => open,
  };
}
