import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import type { RequestFilter } from '#lib/log/request-log';
import { FilterQuery } from '../../history/filter-query';
import { objectFilter } from '../../history/kind-asked';
import { parseQuery } from '../../history/query';
import type { Question } from './question';

class AuditQuery extends FilterQuery implements RequestFilter {
  @IsOptional()
  @IsString()
  resource?: string;

  @IsOptional()
  @IsString()
  id?: string;

  @IsOptional()
  @IsString()
  verdict?: string;

  /** 403, or the first digit alone. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(599)
  code?: number;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100_000)
  limit = 50;
}

/**
 * What was asked of the API, the newest first; what waits to be written is written before. Speaks of everybody's requests, so it wants
 * `history` on everything.
 */
export const audit: Question = {
  method: 'GET',
  async answer(asked) {
    const query = parseQuery(AuditQuery, asked.query);
    // requests may have been for what was never served
    const filter = await objectFilter(query, asked.kernel.world, asked.log).catch(() => query);
    asked.access.requireVerb('history', { resource: '*.*', namespace: '', name: '' });
    await asked.kernel.auditor.trail.flush();
    asked.send(await asked.kernel.keeper.requests.newest(filter));
  },
};
