import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { contextOf, KIND, traceparentOf, type FinishedSpan } from './span';
import { Tracer, tracerFrom } from './tracer';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function collected(share?: number): { tracer: Tracer; spans: FinishedSpan[] } {
  const spans: FinishedSpan[] = [];
  return { spans, tracer: new Tracer({ add: (span) => void spans.push(span), flush: async () => undefined }, share) };
}

describe('a tracer', () => {
  test('goes on with the trace of whoever asked', () => {
    const { tracer, spans } = collected();
    const span = tracer.start('list pods', { parent: PARENT, kind: KIND.server });
    span.set({ code: 200 });
    span.end();
    expect(spans).toMatchObject([
      {
        name: 'list pods',
        kind: 2,
        context: { traceId: '0af7651916cd43dd8448eb211c80319c' },
        parent: { spanId: 'b7ad6b7169203331' },
        attributes: { code: 200 },
      },
    ]);
    expect(contextOf(span.traceparent)).toEqual(span.context);
  });

  test.each([undefined, '', 'x', PARENT.replace(/^00/, '01'), PARENT.replace(/-0af\w+/, `-${'0'.repeat(32)}`)])('begins one of its own after %p', (parent) => {
    const { tracer, spans } = collected();
    tracer.start('a', { ...(parent !== undefined && { parent }) }).end();
    expect(spans[0]?.parent).toBeUndefined();
  });

  test('says nothing of what is not sampled, and passes that on', () => {
    const { tracer, spans } = collected(0);
    const span = tracer.start('a');
    span.end();
    expect(spans).toEqual([]);
    expect(span.traceparent).toMatch(/-00$/);
    tracer.start('b', { parent: PARENT }).end();
    expect(spans).toHaveLength(1);
  });

  test('knows which traces entries of the log come from', () => {
    const { tracer } = collected();
    tracer.remember(7, PARENT);
    tracer.remember(8, PARENT);
    expect(tracer.linksTo([6, 7, 8]).map(traceparentOf)).toEqual([PARENT]);
  });

  test('is there only where a collector is named, and complains about names that make no sense', () => {
    expect(tracerFrom({})).toBeUndefined();
    expect(tracerFrom({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
    expect(() => tracerFrom({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' })).toThrow('must be a URL');
    expect(() => tracerFrom({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_TRACES_SAMPLER_ARG: '2' })).toThrow('from 0 to 1');
  });

  test('sends OTLP in JSON, and loses only spans when nobody takes it', async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request
        .on('data', (chunk: Buffer) => (body += chunk.toString()))
        .on('end', () => {
          bodies.push(`${request.url} ${request.headers['x-key']} ${body}`);
          response.end('{}');
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/`, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b', OTEL_SERVICE_NAME: 'mine' };
    const tracer = tracerFrom(env) as Tracer;
    const span = tracer.start('append', { parent: PARENT, links: [contextOf(PARENT)!], start: 1_700_000_000_000.5 });
    span.set({ revision: 7, ok: true });
    span.fail('no');
    span.end();
    await tracer.flush();
    const [path, key, ...body] = bodies[0]?.split(' ') ?? [];
    expect([path, key]).toEqual(['/v1/traces', 'a']);
    const sent = JSON.parse(body.slice(1).join(' ')) as { resourceSpans: { resource: object; scopeSpans: { spans: object[] }[] }[] };
    expect(sent.resourceSpans[0]).toMatchObject({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'mine' } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: '0af7651916cd43dd8448eb211c80319c',
              parentSpanId: 'b7ad6b7169203331',
              name: 'append',
              kind: 1,
              startTimeUnixNano: '1700000000000500000',
              attributes: [
                { key: 'revision', value: { intValue: '7' } },
                { key: 'ok', value: { boolValue: true } },
              ],
              links: [{ spanId: 'b7ad6b7169203331' }],
              status: { code: 2, message: 'no' },
            },
          ],
        },
      ],
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    tracer.start('b').end();
    await tracer.flush();
  }, 30_000);
});
