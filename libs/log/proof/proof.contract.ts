import { generateKeyPairSync } from 'node:crypto';
import { anEvent } from '#lib/log/log.contract';
import type { EventLog } from '#lib/log/log';
import { Notary } from './notary';
import { checkProof, type ConsistencyProof, type InclusionProof } from './proof';
import { HeadSigner, headProblem, type SignedTreeHead } from './tree-head';
import type { TreeStore } from './tree-store';

/** A log with the place where its tree is kept. */
export interface ProofSubject {
  readonly log: EventLog;
  readonly store: TreeStore;
  end(): Promise<void>;
}

/** A fresh Ed25519 key, PKCS #8 PEM. */
export const aLogKey = (): string => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** Appends so many entries. */
export async function grow(log: EventLog, count: number): Promise<void> {
  const { revision } = await log.head();
  await log.append(
    revision,
    Array.from({ length: count }, (_, i) => anEvent(revision + 1 + i)),
  );
}

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** What every notary must do, wherever the log and the tree are kept. */
export function describeProofs(name: string, start: () => Promise<ProofSubject>): void {
  describe(name, () => {
    const signer = new HeadSigner(aLogKey());
    const publicKey = signer.publicKey;
    let subject: ProofSubject;
    let notary: Notary;
    beforeEach(async () => {
      subject = await start();
      notary = new Notary(subject.log, subject.store, signer);
      await grow(subject.log, 700);
    });
    afterEach(() => subject.end());

    test('signs a head that is the same every time, and that the public key alone checks', async () => {
      const head = await notary.head();
      expect(head).toMatchObject({ size: 700, last: (await subject.log.head()).hash });
      expect(headProblem(copy(head), publicKey)).toBeUndefined();
      await grow(subject.log, 300);
      await subject.store.clear();
      expect(await notary.head(700)).toEqual(head);
      expect(headProblem({ ...head, size: 701 }, publicKey)).toContain('signature');
      expect(headProblem(head, new HeadSigner(aLogKey()).publicKey)).toContain('was signed by the key');
      await expect(notary.head(1001)).rejects.toThrow('only 1000 entries');
    });

    test('proves entries to whoever has the head, also after the log has grown', async () => {
      const head = await notary.head();
      await grow(subject.log, 100);
      for (const revision of [1, 2, 255, 256, 257, 512, 699, 700]) {
        const proof = copy(await notary.prove(revision));
        expect(checkProof(proof, { publicKey, head })).toMatchObject({ ok: true, detail: expect.stringContaining(`entry ${revision} (ADDED configmaps`) });
      }
      expect(checkProof(copy(await notary.prove(750)), { publicKey })).toMatchObject({ ok: true });
      expect(checkProof(copy(await notary.prove(750)), { publicKey, head }).detail).toContain('the one given has 700');
      await expect(notary.prove(801)).rejects.toThrow('no entry 801');
    });

    test('proves nothing that is not so', async () => {
      const head = await notary.head();
      const proof = await notary.prove(300);
      const wrong = (but: Partial<InclusionProof>): string => checkProof(copy({ ...proof, ...but }), { publicKey, head }).detail;
      expect(wrong({ entry: { ...proof.entry, object: '{}' } })).toContain('was changed');
      expect(wrong({ entry: (await notary.prove(301)).entry })).toContain('was changed');
      expect(wrong({ previous: '0'.repeat(64) })).toContain('was changed');
      expect(wrong({ path: [...proof.path].reverse() })).toContain('not in the log');
      expect(wrong({ path: proof.path.slice(1) })).toContain('not in the log');
      expect(checkProof(proof, { publicKey, head: { ...head, root: head.last } }).detail).toContain('signature');
    });

    test('proves that the log only grew', async () => {
      const heads: SignedTreeHead[] = [await notary.head()];
      for (const count of [1, 67, 256, 1]) {
        await grow(subject.log, count);
        heads.push(await notary.head());
      }
      for (const from of heads) {
        for (const to of heads.filter(({ size }) => size >= from.size)) {
          const proof = copy(await notary.consistency(from, to.size));
          expect(checkProof(proof, { publicKey, head: from })).toMatchObject({ ok: true });
        }
      }
      const [first, second] = heads as [SignedTreeHead, SignedTreeHead];
      const proof: ConsistencyProof = copy(await notary.consistency(first));
      expect(checkProof(proof, { publicKey, head: second }).detail).toContain('not about the one that was kept');
      const another = signer.sign({ ...first, root: first.last });
      expect(checkProof({ ...proof, from: another }, { publicKey, head: another }).detail).toContain('its past was changed');
    });
  });
}
