import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { IsBoolean, IsOptional, IsString, Matches, MinLength, validateSync } from 'class-validator';
import { badRequest } from '#lib/api/errors';

/** A question about one object. */
export class ObjectQuery {
  /** `pods`, `deployments.apps`. */
  @Matches(/^[a-z0-9.-]+$/)
  resource!: string;

  /** Empty for objects of the cluster. */
  @IsString()
  namespace = '';

  @IsString()
  @MinLength(1)
  name!: string;

  /** The moment that is asked about: a revision, a time, how long ago, or `head`. */
  @IsOptional()
  @IsString()
  at?: string;

  /** Shows the values of Secrets. */
  @IsBoolean()
  secrets = false;
}

/**
 * Reads and checks the query string of a question. Fields whose default is true or false are flags. @throws ApiError 400 that names every
 * wrong parameter.
 */
export function parseQuery<T extends object>(type: new () => T, query: URLSearchParams): T {
  const blank = new type() as Record<string, unknown>;
  const valueOf = (name: string, text: string): unknown => (typeof blank[name] === 'boolean' ? text !== 'false' && text !== '0' : text);
  const plain = Object.fromEntries([...query].map(([name, text]) => [name, valueOf(name, text)]));
  const parsed = plainToInstance(type, plain, { exposeDefaultValues: true });
  const problems = validateSync(parsed, { whitelist: true, forbidNonWhitelisted: true });
  if (problems.length > 0) throw badRequest(problems.flatMap((problem) => Object.values(problem.constraints ?? {})).join('; '));
  return parsed;
}
