import { Type } from 'class-transformer';
import { IsInt, IsISO8601, IsOptional, IsString, Max, Min } from 'class-validator';
import type { RequestFilter } from '#lib/log/request-log';
import { parseQuery } from '../../history/query';
import type { Question } from './question';

class AuditQuery implements RequestFilter {
  @IsOptional()
  @IsString()
  user?: string;

  @IsOptional()
  @IsString()
  verb?: string;

  @IsOptional()
  @IsString()
  resource?: string;

  @IsOptional()
  @IsString()
  namespace?: string;

  @IsOptional()
  @IsString()
  name?: string;

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

  @IsOptional()
  @IsISO8601({ strict: true })
  since?: string;

  @IsOptional()
  @IsISO8601({ strict: true })
  until?: string;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100_000)
  limit = 50;
}

/** What was asked of the API, the newest first; what waits to be written is written before. Speaks of everybody's requests, so it wants `history` on everything. */
export const audit: Question = {
  method: 'GET',
  async answer(asked) {
    const filter = parseQuery(AuditQuery, asked.query);
    asked.access.requireVerb('history', { resource: '*.*', namespace: '', name: '' });
    await asked.kernel.auditor.trail.flush();
    asked.send(await asked.kernel.keeper.requests.newest(filter));
  },
};
