import 'reflect-metadata';
import { plainToInstance, Type } from 'class-transformer';
import { IsBoolean, IsInt, IsISO8601, IsOptional, IsString, Matches, Min, validateSync } from 'class-validator';
import { badRequest } from '#lib/api/errors';
import type { ReadRange } from '#lib/log/log';

/** What `/decklog/v1/log` can be asked for. */
export class LogQuery {
  /** `pods`, `deployments.apps`; several with commas. */
  @IsOptional()
  @Matches(/^[a-z0-9.,-]+$/)
  resource?: string;

  @IsOptional()
  @IsString()
  namespace?: string;

  @IsOptional()
  @IsString()
  name?: string;

  @IsOptional()
  @IsString()
  uid?: string;

  @IsOptional()
  @IsString()
  user?: string;

  @IsOptional()
  @IsString()
  verb?: string;

  @IsOptional()
  @IsISO8601({ strict: true })
  since?: string;

  @IsOptional()
  @IsISO8601({ strict: true })
  until?: string;

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
  @IsOptional()
  @IsBoolean()
  descending?: boolean;

  /** With the whole object of each entry. Default false. */
  @IsOptional()
  @IsBoolean()
  object?: boolean;
}

const FLAGS = new Set(['descending', 'object']);

/** @throws ApiError 400 that names every wrong parameter. */
export function logQueryOf(query: URLSearchParams): LogQuery {
  const plain = Object.fromEntries([...query].map(([name, value]) => [name, FLAGS.has(name) ? value !== 'false' && value !== '0' : value]));
  const parsed = plainToInstance(LogQuery, plain);
  const problems = validateSync(parsed, { whitelist: true, forbidNonWhitelisted: true });
  if (problems.length > 0) throw badRequest(problems.flatMap((problem) => Object.values(problem.constraints ?? {})).join('; '));
  return parsed;
}

export function rangeOf({ resource, object: _, ...rest }: LogQuery): ReadRange {
  return { ...rest, ...(resource && { resources: resource.split(',') }) };
}
