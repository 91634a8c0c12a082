import { MemoryLog } from '#lib/log/memory-log';
import { seeded } from '#lib/reconcile/seeded';
import { apiServer, type ApiServer } from '../support/api-server';
import type { Asked, Asker } from '../support/ask';
import { onTheWire, request } from './requests';
import { hasNewEntries, inTime, prepare } from './targets/whole';

/**
 * Wild requests against a whole API server on a log in memory: none may end in a 500, hang, change what is stored, or leave an entry
 * when it is refused. `DECKLOG_FUZZ=1000000:7` makes a million with seed 7.
 */
const [COUNT = 1000, SEED = 20_260] = (process.env.DECKLOG_FUZZ ?? '').split(':').filter(Boolean).map(Number);

let server: ApiServer;
beforeAll(async () => {
  server = await apiServer(new MemoryLog());
  await prepare(server.client());
}, 30_000);
afterAll(() => server?.stop());

interface Fault {
  readonly number: number;
  readonly why: string;
  readonly asked: Asked;
}

/** One after the other, so that an entry can be told from the entries of others. */
async function run(ask: Asker, count: number, seed: number): Promise<{ faults: Fault[]; codes: Map<number, number> }> {
  const faults: Fault[] = [];
  const codes = new Map<number, number>();
  for (let number = 0; number < count && faults.length < 20; number++) {
    const asked = request(seeded(seed * 1_000_003 + number));
    const before = server.revision();
    const code = await codeOf(ask, asked, (why) => faults.push({ number, why, asked }));
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (code >= 400 && (await hasNewEntries(server, before))) faults.push({ number, why: `${code}, but it left an entry`, asked });
  }
  return { faults, codes };
}

async function codeOf(ask: Asker, asked: Asked, tell: (why: string) => void): Promise<number> {
  const answer = await inTime(ask(onTheWire(asked))).catch((error: Error) => error.message);
  if (typeof answer === 'string') tell(`no answer: ${answer}`);
  else {
    if (answer.code >= 500 && answer.code !== 504) tell(answer.text);
    return answer.code;
  }
  return 0;
}

test(`${COUNT} wild requests: no 500, no hang, nothing altered`, async () => {
  const { faults, codes } = await run(server.client(undefined, 'HTTP/2'), COUNT, SEED);
  expect(
    faults.map(({ number, why, asked }) => `${SEED}/${number} ${asked.method ?? 'GET'} ${asked.path}: ${why}\n${JSON.stringify(asked).slice(0, 3000)}`),
  ).toEqual([]);
  expect(server.altered()).toEqual([]);
  if (process.env.DECKLOG_FUZZ) process.stdout.write(JSON.stringify([...codes].sort((a, b) => a[0] - b[0])));
  // The fuzz would be blunt if nearly everything was refused at the door.
  expect(codes.get(201)).toBeGreaterThan(COUNT / 50);
  expect(codes.get(422)).toBeGreaterThan(COUNT / 20);
}, 3_600_000);

test('the metadata of one thing as a list, and of a list as one thing, is refused in every encoding', async () => {
  const ask = server.client();
  await ask({ path: '/apis/fuzz.io/v1/blobs', body: { apiVersion: 'fuzz.io/v1', kind: 'Blob', metadata: { name: 'one' } } });
  const codes: unknown[] = [];
  for (const [path, as] of [
    ['blobs/one', 'PartialObjectMetadataList'],
    ['blobs', 'PartialObjectMetadata'],
    ['blobs/one', 'PartialObjectMetadata'],
    ['blobs', 'PartialObjectMetadataList'],
  ] as const) {
    for (const media of ['application/json', 'application/vnd.kubernetes.protobuf'])
      codes.push((await ask({ path: `/apis/fuzz.io/v1/${path}`, headers: { accept: `${media};as=${as};g=meta.k8s.io;v=v1` } })).code);
  }
  expect(codes).toEqual([406, 406, 406, 406, 200, 200, 200, 200]);
}, 60_000);
