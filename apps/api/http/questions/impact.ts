import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Min, MinLength } from 'class-validator';
import { badRequest, notFound } from '#lib/api/errors';
import { impactOf } from '../../history/impact';
import { parseQuery } from '../../history/query';
import type { Asked, Question } from './question';

class ImpactQuery {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  revision?: number;

  /** The Kubectl-Session of one run of kubectl. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  session?: string;

  /** The Kubectl-Command: `kubectl scale`. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  command?: string;

  @IsOptional()
  @IsString()
  at?: string;
}

/** Everything that one entry, one run of kubectl, or every run of one command caused: the roots, then the effects, as lines of JSON. */
export const impact: Question = {
  method: 'GET',
  answer: (asked) => asked.sendLines(lines(asked)),
};

async function* lines(asked: Asked): AsyncIterable<string> {
  const { at, ...roots } = parseQuery(ImpactQuery, asked.query);
  if (Object.values(roots).filter((value) => value !== undefined).length !== 1) throw badRequest('say one of revision, session, command');
  const found = await impactOf(asked.log, roots, await asked.moment(at));
  if (found.roots.length === 0 && roots.revision !== undefined)
    throw asked.kernel.horizons.missing(roots.revision, asked.kernel.world.revision);
  if (found.roots.length === 0) throw notFound({ group: '', plural: 'entries' }, String(roots.session ?? roots.command));
  for await (const line of told(asked, found.roots, 'root')) yield line;
  for await (const line of told(asked, found.effects, 'effect')) yield line;
}

async function* told(asked: Asked, revisions: readonly number[], as: 'root' | 'effect'): AsyncIterable<string> {
  for await (const page of asked.log.readRevisions(revisions)) {
    const seen = page.filter((event) => asked.access.sees(event));
    for (const entry of await asked.reader().told(seen)) yield `${JSON.stringify({ as, ...entry })}\n`;
  }
}
