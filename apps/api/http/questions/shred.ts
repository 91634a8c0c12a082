import { IsBoolean, IsString, MinLength } from 'class-validator';
import { shred as shredNow } from '../../keep/shred';
import { kindAsked } from '../../history/kind-asked';
import { ObjectQuery, parseQuery } from '../../history/query';
import { originOf } from '../identity';
import type { Question } from './question';

class ShredQuery extends ObjectQuery {
  @IsString()
  @MinLength(3)
  reason!: string;

  /** Deletes the object first when it lives. */
  @IsBoolean()
  force = false;
}

/** Makes the values of a Secret unreadable in all history. Wants the verb `shred` on it besides `delete`. */
export const shred: Question = {
  method: 'POST',
  async answer(asked) {
    const { resource, namespace, name, reason, force } = parseQuery(ShredQuery, asked.query);
    const kind = kindAsked(resource, asked.kernel.world);
    for (const verb of ['shred', 'delete']) asked.access.requireVerb(verb, { resource, namespace, name });
    asked.send(await shredNow(asked.kernel, originOf(asked.exchange, 'shred', undefined), { kind, namespace, name, reason, force }), 201);
  },
};
