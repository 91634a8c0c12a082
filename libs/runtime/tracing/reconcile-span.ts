import type { CommandRequest } from '../commands';
import { KIND } from './span';
import type { Tracer } from './tracer';

/** What became of a decision, as far as its span tells. */
interface Outcome {
  readonly result: string;
  readonly why?: string;
}

/**
 * A span around a decision that wishes for something: a part of the trace of its first cause whose trace is known, linked to all of them.
 * What it writes belongs to it, so that the next controller goes on with the same trace.
 */
export async function traced<O extends Outcome>(
  tracer: Tracer,
  request: CommandRequest,
  carryOut: (request: CommandRequest) => Promise<O>,
): Promise<O> {
  const links = tracer.linksTo(request.cause);
  const span = tracer.start(`reconcile ${request.controller}`, {
    ...(links[0] && { parent: links[0] }),
    links,
    kind: KIND.consumer,
    start: Date.parse(request.now),
  });
  span.set({
    'decklog.key': request.key,
    'decklog.world': request.world,
    'decklog.commands': request.commands.map((command) => command.do).join(),
  });
  try {
    const outcome = await carryOut({ ...request, trace: span.traceparent });
    if (outcome.result === 'error') span.fail(outcome.why ?? '');
    span.set({ 'decklog.result': outcome.result });
    return outcome;
  } catch (error) {
    span.fail((error as Error).message);
    throw error;
  } finally {
    span.end();
  }
}
