import { chainHash, type Row } from '#lib/log/hash';
import { isConsistent, leafHash, rootFromInclusion } from './merkle';
import type { HashedRow } from '#lib/log/entry/stored-row';
import { headProblem, type SignedTreeHead } from './tree-head';

/** That an entry, as it stands here, is in the log whose head was signed. */
export interface InclusionProof {
  readonly format: 'decklog/proof/v1';
  /** The head that it leads to. */
  readonly head: SignedTreeHead;
  /** The row, every column as text. */
  readonly entry: HashedRow;
  /** Hash of the entry before. */
  readonly previous: string;
  /** Hashes from the entry's leaf to the root, hex. */
  readonly path: readonly string[];
}

/** That a log only grew between two heads: nothing of the first was changed, moved or dropped. */
export interface ConsistencyProof {
  readonly format: 'decklog/consistency/v1';
  readonly from: SignedTreeHead;
  readonly to: SignedTreeHead;
  readonly path: readonly string[];
}

/** What a proof is held against. */
export interface Anchors {
  /** SPKI PEM of the log's key. */
  readonly publicKey: string;
  /** A head that was kept. Default: the one in the proof, which the log's key signed too. */
  readonly head?: SignedTreeHead;
}

/** What a check found: a sentence either way. */
export interface ProofVerdict {
  readonly ok: boolean;
  readonly detail: string;
}

/** Checks a proof with nothing but the public key: no cluster, no database, no network. */
export function checkProof(proof: InclusionProof | ConsistencyProof, anchors: Anchors): ProofVerdict {
  const failed = (detail: string): ProofVerdict => ({ ok: false, detail });
  if (anchors.head) {
    const problem = headProblem(anchors.head, anchors.publicKey);
    if (problem) return failed(`the head that was kept: ${problem}`);
  }
  switch (proof.format) {
    case 'decklog/proof/v1':
      return checkInclusion(proof, anchors);
    case 'decklog/consistency/v1':
      return checkConsistency(proof, anchors);
    default:
      return failed('it is no proof of Decklog');
  }
}

function checkInclusion({ head, entry, previous, path }: InclusionProof, anchors: Anchors): ProofVerdict {
  const failed = (detail: string): ProofVerdict => ({ ok: false, detail });
  const against = anchors.head ?? head;
  const problem = headProblem(against, anchors.publicKey);
  if (problem) return failed(problem);
  if (against.size !== head.size) {
    return failed(
      `the proof leads to a head of ${head.size} entries, but the one given has ${against.size}: ask for \`decklog prove ${entry.revision} --head FILE\``,
    );
  }
  if (chainHash(previous, entry as Row) !== entry.hash)
    return failed(`entry ${entry.revision} was changed: its hash is not the one beside it`);
  const root = rootFromInclusion(leafHash(bytes(entry.hash)), entry.revision - 1, against.size, path.map(bytes));
  if (root?.toString('hex') !== against.root) return failed(`entry ${entry.revision} is not in the log of this head`);
  const { type, resource, namespace, name, at } = entry;
  return {
    ok: true,
    detail: `entry ${entry.revision} (${type} ${resource} ${namespace}/${name}, ${at}) is in the log of ${against.size} entries with root ${against.root}`,
  };
}

function checkConsistency({ from, to, path }: ConsistencyProof, anchors: Anchors): ProofVerdict {
  const failed = (detail: string): ProofVerdict => ({ ok: false, detail });
  const kept = anchors.head;
  for (const head of [from, to]) {
    const problem = headProblem(head, anchors.publicKey);
    if (problem) return failed(problem);
  }
  if (kept && ![from, to].some(({ size, root }) => size === kept.size && root === kept.root)) {
    return failed(
      `the proof is about the heads of ${from.size} and ${to.size} entries, not about the one that was kept (${kept.size}, root ${kept.root})`,
    );
  }
  if (!isConsistent(from.size, bytes(from.root), to.size, bytes(to.root), path.map(bytes))) {
    return failed(`the log of ${to.size} entries does not begin with that of ${from.size}: its past was changed`);
  }
  return { ok: true, detail: `the log of ${to.size} entries begins with the ${from.size} of the earlier head, unchanged` };
}

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
