import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Min } from 'class-validator';
import { badRequest, forbiddenPath } from '#lib/api/errors';
import { CannotProve } from '#lib/log/proof/notary';
import { EntryMissing } from '#lib/log/proof/tree-store';
import { verifyChain, type Anchor } from '#lib/log/proof/verify';
import { parseQuery } from '../../history/query';
import type { Question } from './question';

class SizeQuery {
  /** Number of entries of a head. Default: all. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  size?: number;
}

class ProveQuery extends SizeQuery {
  @Type(() => Number)
  @IsInt()
  @Min(1)
  revision!: number;
}

class ConsistencyQuery extends SizeQuery {
  /** Number of entries of the earlier head. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  from!: number;
}

class VerifyQuery {
  /** An anchor: revision and hash that were noted down, with the root of the Merkle tree if it is a head. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  revision?: number;

  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/)
  hash?: string;

  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/)
  root?: string;

  /** Whether the verdict tells the root of the Merkle tree, which takes longer. */
  @IsIn(['true', 'false'])
  tree = 'false';
}

/** The signed head of the tree, which the log remembers as given away. */
export const treeHead: Question = {
  method: 'GET',
  ofWhole: true,
  async answer(asked) {
    const { size } = parseQuery(SizeQuery, asked.query);
    asked.send(await told(asked.kernel.keeper.notary.head(size)));
  },
};

/** Half a consistency proof: whoever asks adds the head that he kept. */
export const consistency: Question = {
  method: 'GET',
  ofWhole: true,
  async answer(asked) {
    const { from, size } = parseQuery(ConsistencyQuery, asked.query);
    asked.send(await told(asked.kernel.keeper.notary.growth(from, size)));
  },
};

/** That an entry is in the log. The proof holds the entry, so it is for those who may see that. */
export const prove: Question = {
  method: 'GET',
  ofWhole: true,
  async answer(asked) {
    const { revision, size } = parseQuery(ProveQuery, asked.query);
    const proof = await told(asked.kernel.keeper.notary.prove(revision, size));
    const { resource, namespace } = proof.entry;
    if (!asked.access.sees(proof.entry))
      throw forbiddenPath(`entry ${revision} is about ${resource} in ${JSON.stringify(namespace)}, whose history you may not see`);
    asked.send(proof);
  },
};

/** Whether the hash chain holds, and still contains what was noted down. */
export const verify: Question = {
  method: 'GET',
  ofWhole: true,
  async answer(asked) {
    const { revision, hash, root, tree } = parseQuery(VerifyQuery, asked.query);
    const anchor: Anchor | undefined = revision !== undefined && hash !== undefined ? { revision, hash, ...(root && { root }) } : undefined;
    asked.send(await verifyChain(asked.log, { ...(anchor && { anchor }), ...(tree === 'true' && { tree: true }) }));
  },
};

/** What cannot be proven is an answer, not a fault of the server. */
async function told<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CannotProve || error instanceof EntryMissing) throw badRequest(error.message);
    throw error;
  }
}
