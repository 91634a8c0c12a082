import { decodeBody, MAX_BODY_BYTES } from '#lib/schema/decode/body';

const TYPE = { apiVersion: 'v1', kind: 'ConfigMap' };
const fill = (text: string): string => text.repeat(Math.floor(MAX_BODY_BYTES / text.length));

/** CPU time since then, ms: the machine may be busy with something else. */
function spent(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

/** What a body costs everybody else, and what comes of it. Best of two: the collector may be at work. */
function cost(body: string, contentType: string): { ms: number; code: number; message: string } {
  const once = () => {
    const start = process.cpuUsage();
    try {
      decodeBody(Buffer.from(body), contentType, TYPE, 'Warn');
      return { ms: spent(start), code: 200, message: '' };
    } catch (error) {
      const { code, message } = error as { code: number; message: string };
      return { ms: spent(start), code, message };
    }
  };
  const [a, b] = [once(), once()];
  return a.ms < b.ms ? a : b;
}

/** Far from what they took before there was a limit, which was from a second to minutes, and on one the end of the process. */
describe('a body that means harm is refused before it costs much', () => {
  test.each([
    ['brackets without end', fill('['), 200, 'exceeded max depth'],
    ['nested lists', `${'['.repeat(1_500_000)}${']'.repeat(1_500_000)}`, 200, 'exceeded max depth'],
    ['nested objects behind a string of brackets', `{"x":"${'[\\"'.repeat(1000)}",${'"a":{'.repeat(400_000)}`, 200, 'exceeded max depth'],
  ])('JSON: %s', (_, body, limit, message) => {
    const result = cost(body, 'application/json');
    expect(result).toMatchObject({ code: 400, message: expect.stringContaining(message) as string });
    expect(result.ms).toBeLessThan(limit);
  });

  test('brackets in strings are no nesting', () => {
    const body = JSON.stringify({ data: { a: '["{\\'.repeat(10_000) } });
    expect(cost(body, 'application/json').code).toBe(200);
  });

  test('100,000 doubled names end with the first hundred', () => {
    const body = `{${Array.from({ length: 100_000 }, (_, i) => `"a${i}":1,"a${i}":1`).join()}}`;
    const start = process.cpuUsage();
    const { warnings } = decodeBody(Buffer.from(body), 'application/json', TYPE, 'Warn');
    expect(spent(start)).toBeLessThan(5000);
    expect(warnings).toHaveLength(100);
  });

  test.each([
    ['flow lists', '['.repeat(300_000), 400, 'yaml: exceeded max depth'],
    ['closed flow lists: these ended the process', `${'['.repeat(3000)}${']'.repeat(3000)}`, 400, 'yaml: exceeded max depth'],
    ['block lists', '- '.repeat(3000), 400, 'yaml: exceeded max depth'],
    ['block mappings', Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 400, 'yaml: exceeded max depth'],
    ['complex keys', '? '.repeat(3000), 400, 'yaml: exceeded max depth'],
    ['a long text', `data:\n  a: "${'x'.repeat(600_000)}"`, 413, 'Request entity too large: limit is 524288'],
  ])('YAML: %s', (_, body, code, message) => {
    expect(cost(body, 'application/yaml')).toMatchObject({ code, message: expect.stringContaining(message) as string });
  });

  test('20,000 names of YAML are not compared each with each', () => {
    const body = `data:\n${Array.from({ length: 20_000 }, (_, i) => `  a${i}: "1"`).join('\n')}\n  a7: "2"`;
    const start = process.cpuUsage();
    const { warnings } = decodeBody(Buffer.from(body), 'application/yaml', TYPE, 'Warn');
    expect(spent(start)).toBeLessThan(8000);
    expect(warnings).toEqual(['line 20002: key "a7" already set in map']);
  });

  test('JSON that calls itself YAML may be as long as JSON', () => {
    expect(cost(JSON.stringify({ data: { a: 'x'.repeat(900_000) } }), 'application/yaml').code).toBe(200);
  });
});
