import { Type } from 'class-transformer';
import { IsInt, Min } from 'class-validator';
import { exportLines } from '../../keep/export';
import { parseQuery } from '../../history/query';
import type { Question } from './question';

class ExportQuery {
  @Type(() => Number)
  @IsInt()
  @Min(1)
  from!: number;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  to!: number;
}

/** A stretch of the log as a bundle, line by line. It speaks of everything, so it wants the verb `history` on everything. */
export const exported: Question = {
  method: 'GET',
  ofWhole: true,
  async answer(asked) {
    const { from, to } = parseQuery(ExportQuery, asked.query);
    asked.access.requireVerb('history', { resource: '*.*', namespace: '', name: '' });
    await asked.sendLines(await exportLines(asked.kernel, from, to));
  },
};
