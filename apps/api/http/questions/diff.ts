import { IsBoolean, IsOptional, IsString, Matches } from 'class-validator';
import { kinds } from '#lib/api/kinds';
import { clusterDiff, HEARTBEATS } from '../../history/cluster-diff';
import { rangeOf } from '../../history/moment';
import { addressIn, kindRemembered } from '../../history/kind-asked';
import { parseQuery } from '../../history/query';
import type { Asked, Question } from './question';

class DiffQuery {
  /** `A..B`. */
  @IsString()
  range!: string;

  @IsOptional()
  @Matches(/^[a-z0-9.-]+$/)
  resource?: string;

  @IsOptional()
  @IsString()
  namespace?: string;

  @IsOptional()
  @IsString()
  name?: string;

  /** Also Leases and Events, of which there are always new ones. */
  @IsBoolean()
  all = false;

  @IsBoolean()
  secrets = false;
}

/** What differs between two moments: a line of JSON for each object, then one with the sum. */
export const diff: Question = {
  method: 'GET',
  answer: (asked) => asked.sendLines(lines(asked)),
};

async function* lines(asked: Asked): AsyncIterable<string> {
  const { range, all, secrets, ...about } = parseQuery(DiffQuery, asked.query);
  const kind = about.resource === undefined ? undefined : await kindRemembered(about.resource, asked.kernel.world, asked.log);
  const { resource, namespace, name } =
    kind && about.name !== undefined
      ? addressIn(kind, { namespace: about.namespace ?? '', name: about.name })
      : { ...about, resource: kind?.resource };
  const ends = rangeOf(range);
  const [from, to] = await Promise.all([asked.moment(ends.from), asked.moment(ends.to)]);
  if (kind && name !== undefined) asked.access.require(kind, namespace ?? '', name);
  // What was pruned has left no entries that would show as a difference.
  for (const one of kind ? [kind] : [...kinds, ...asked.kernel.world.custom.stored()])
    if (all || kind || !HEARTBEATS.has(one.resource)) asked.kernel.past.require(one, Math.min(from, to));
  const scope = {
    from,
    to,
    resource,
    namespace,
    name,
    all,
    sees: (address: Parameters<typeof asked.access.sees>[0]) => asked.access.sees(address),
  };
  for await (const line of clusterDiff(asked.reader(secrets), scope)) yield `${JSON.stringify(line)}\n`;
}
