import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, Matches, Min } from 'class-validator';
import type { ReadRange } from '#lib/log/log';
import { FilterQuery } from './filter-query';
import { parseQuery } from './query';

/** What `/decklog/v1/log` can be asked for. */
export class LogQuery extends FilterQuery {
  /** `pods`, `deployments.apps`; several with commas. */
  @IsOptional()
  @Matches(/^[a-z0-9.,-]+$/)
  resource?: string;

  @IsOptional()
  @IsString()
  uid?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  after?: number;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  upTo?: number;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  limit?: number;

  /** Newest first. */
  @IsBoolean()
  descending = false;

  /** With the whole object of each entry. */
  @IsBoolean()
  object = false;
}

/** @throws ApiError 400 that names every wrong parameter. */
export const logQueryOf = (query: URLSearchParams): LogQuery => parseQuery(LogQuery, query);

export function rangeOf({ resource, object: _, ...rest }: LogQuery): ReadRange {
  return { ...rest, ...(resource && { resources: resource.split(',') }) };
}
