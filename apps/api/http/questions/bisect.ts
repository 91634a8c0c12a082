import { IsString, MaxLength, MinLength } from 'class-validator';
import { badRequest, forbiddenPath } from '#lib/api/errors';
import { bisect as search } from '../../history/bisect';
import { invariantOf, type Invariant } from '../../history/invariant';
import { parseQuery } from '../../history/query';
import type { Asked, Question } from './question';

class BisectQuery {
  /** A moment at which it holds. */
  @IsString()
  good = '0';

  /** A moment at which it does not. */
  @IsString()
  bad = 'head';

  /** CEL over `pods`, `deployments` … and `rev`. */
  @IsString()
  @MinLength(1)
  @MaxLength(10_000)
  expr!: string;
}

/** The entry that broke an invariant. */
export const bisect: Question = {
  method: 'GET',
  async answer(asked) {
    const { good, bad, expr } = parseQuery(BisectQuery, asked.query);
    const invariant = invariantOf(expr, asked.kernel.world.custom.stored());
    requireKinds(asked, invariant);
    const [from, to] = await Promise.all([asked.moment(good), asked.moment(bad)]);
    if (from >= to) throw badRequest(`good (revision ${from}) must come before bad (revision ${to})`);
    const { broken, why, looks } = await search(from, to, (revision) => holdsAt(asked, invariant, revision));
    const event = broken === undefined ? undefined : await asked.log.event(broken);
    const [entry] = event ? await asked.reader().told([event]) : [];
    asked.send({
      good: from,
      bad: to,
      ...(why && { why }),
      ...(broken !== undefined && { revision: broken }),
      ...(entry && asked.access.sees(entry) && { entry }),
      looks,
    });
  },
};

/** An answer speaks of all objects of a kind: whoever asks must be allowed to see them all. */
function requireKinds(asked: Asked, { kinds }: Invariant): void {
  const hidden = kinds.find((kind) => !asked.access.sees({ resource: kind.resource, namespace: '', name: '' }));
  if (hidden)
    throw forbiddenPath(`forbidden: User ${JSON.stringify(asked.exchange.user.name)} cannot read the history of all ${hidden.resource}`);
}

async function holdsAt(asked: Asked, invariant: Invariant, revision: number): Promise<boolean> {
  const worlds = new Map(
    await Promise.all(invariant.kinds.map(async (kind) => [kind, await asked.kernel.past.worldAt(kind, revision)] as const)),
  );
  try {
    return invariant.holds((kind) => worlds.get(kind)?.list(kind) ?? [], revision);
  } catch (error) {
    const message = (error as Error).message.split('\n')[0];
    throw badRequest(
      `at revision ${revision} the expression has no answer: ${message} (has(x.y) and x.?y.orValue(z) ask for fields that may be missing)`,
    );
  }
}
