import { ZERO_HASH } from '#lib/log/hash';
import type { Verifiable } from './verify';
import { rowsOf } from './verify';
import { MerkleTree } from './merkle-tree';
import type { ConsistencyProof, InclusionProof } from './proof';
import type { HashedRow } from '#lib/log/entry/stored-row';
import type { HeadSigner, SignedTreeHead, TreeHead } from './tree-head';
import type { TreeStore } from './tree-store';

/** What was asked cannot be shown, and why: the log is shorter than that, or the entry's content was pruned. */
export class CannotProve extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CannotProve';
  }
}

/** Signs what the log amounts to, and proves what is in it. */
export class Notary {
  readonly tree: MerkleTree;

  constructor(
    private readonly log: Verifiable,
    private readonly store: TreeStore,
    readonly signer: HeadSigner,
  ) {
    this.tree = new MerkleTree(store);
  }

  /** The signed head of the first `size` entries, which is remembered as given away. Default: of all. @throws CannotProve */
  async head(size?: number): Promise<SignedTreeHead> {
    const signed = await this.headAt(size ?? (await this.log.head()).revision);
    await this.store.saveHead(signed);
    return signed;
  }

  /** The same without remembering. */
  async headAt(size: number): Promise<SignedTreeHead> {
    return this.signer.sign(await this.unsignedHead(size));
  }

  /** What the first `size` entries amount to. @throws CannotProve when there are fewer */
  async unsignedHead(size: number): Promise<TreeHead> {
    const { revision } = await this.log.head();
    if (size > revision) throw new CannotProve(`the log has only ${revision} entries, not ${size}: it was truncated, or it is another log`);
    const root = (await this.tree.root(size)).toString('hex');
    return { size, root, last: await this.hashAt(size), at: await this.timeAt(size) };
  }

  /**
   * That an entry is in the log.
   * @param size Number of entries of the head to lead to. Default: the newest head given away that covers it, else of all.
   * @throws CannotProve
   */
  async prove(revision: number, size?: number): Promise<InclusionProof> {
    const head = size === undefined ? ((await this.store.newestHead(revision)) ?? (await this.head())) : await this.headAt(size);
    if (revision < 1 || revision > head.size) throw new CannotProve(`there is no entry ${revision} among the first ${head.size}`);
    const entry = await this.row(revision);
    if (!entry) throw new CannotProve(`the content of entry ${revision} was pruned: only its hash is left`);
    const path = await this.tree.inclusion(revision, head.size);
    const previous = await this.hashAt(revision - 1);
    return { format: 'decklog/proof/v1', head, entry, previous, path: path.map((hash) => hash.toString('hex')) };
  }

  /**
   * That the log only grew since `from`. The proof is made of what the log holds now: when that was changed, it does not verify.
   * @param size Default: all entries.
   * @throws CannotProve when the log is shorter than `from`
   */
  async consistency(from: SignedTreeHead, size?: number): Promise<ConsistencyProof> {
    return { format: 'decklog/consistency/v1', from, ...(await this.growth(from.size, size)) };
  }

  /** The part of a consistency proof for which the earlier head itself is not needed. @throws CannotProve */
  async growth(before: number, size?: number): Promise<Pick<ConsistencyProof, 'to' | 'path'>> {
    const to = size === undefined ? await this.head() : await this.headAt(size);
    if (before > to.size)
      throw new CannotProve(
        `the log has only ${to.size} entries, but there were ${before}: entries ${to.size + 1} to ${before} were cut off`,
      );
    const path = await this.tree.consistency(before, to.size);
    return { to, path: path.map((hash) => hash.toString('hex')) };
  }

  private async row(revision: number): Promise<HashedRow | undefined> {
    for await (const [row] of rowsOf(this.log, { after: revision - 1, upTo: revision })) return row;
    return undefined;
  }

  private async hashAt(revision: number): Promise<string> {
    if (revision === 0) return ZERO_HASH;
    for await (const [hash] of this.store.entryHashes(revision - 1, revision)) return (hash as Buffer).toString('hex');
    throw new CannotProve(`entry ${revision} is missing`);
  }

  /** Of a pruned entry the time is gone: then that of the last one before it which is left. */
  private async timeAt(revision: number): Promise<string> {
    for await (const [event] of this.log.read({ upTo: revision, limit: 1, descending: true })) return event?.at ?? '';
    return '';
  }
}
