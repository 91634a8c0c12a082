import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, Matches, Min, MinLength } from 'class-validator';
import type { Changing } from '../../history/changing';
import { addressIn, kindRemembered, servedKind } from '../../history/kind-asked';
import { parseQuery } from '../../history/query';
import { notServed } from '../../history/restore';
import { undelete as bringBack } from '../../history/undelete';
import { undo as takeBack } from '../../history/undo';
import { bodyOf } from '../exchange';
import { originOf } from '../identity';
import type { Asked, Question } from './question';

class ChangeQuery {
  /** Decides, and writes nothing. */
  @IsBoolean()
  dryRun = false;

  /** Later changes that are in the way are undone too. */
  @IsBoolean()
  force = false;
}

class UndoQuery extends ChangeQuery {
  @Type(() => Number)
  @IsInt()
  @Min(1)
  revision!: number;
}

class UndeleteQuery extends ChangeQuery {
  @Matches(/^[a-z0-9.-]+$/)
  resource!: string;

  @IsString()
  namespace = '';

  @IsString()
  @MinLength(1)
  name!: string;

  /** The last life that ended up to then. */
  @IsOptional()
  @IsString()
  at?: string;
}

/**
 * Takes one change back. 409 with causes when something is in the way: of the reason `FieldSuperseded` what `force` would undo too,
 * `InTheWay` what it would not.
 */
export const undo: Question = {
  method: 'POST',
  async answer(asked) {
    await bodyOf(asked.exchange.request);
    const { revision, ...how } = parseQuery(UndoQuery, asked.query);
    asked.send(await takeBack(changing(asked, how, `decklog undo ${revision}`), revision));
  },
};

/** Brings an object back that is gone, or a namespace with all it held. */
export const undelete: Question = {
  method: 'POST',
  async answer(asked) {
    await bodyOf(asked.exchange.request);
    const { at, dryRun, force, ...about } = parseQuery(UndeleteQuery, asked.query);
    const kind = await kindRemembered(about.resource, asked.kernel.world, asked.log);
    if (!servedKind(asked.kernel.world.custom, kind.resource)) throw notServed(kind.resource);
    const { namespace, name } = addressIn(kind, about);
    asked.access.require(kind, namespace, name);
    asked.send(
      await bringBack(
        changing(asked, { dryRun, force }, `decklog undelete ${kind.singular}/${name}`),
        kind,
        namespace,
        name,
        await asked.moment(at),
      ),
    );
  },
};

/** The log keeps the command that was meant, whoever sent it. */
function changing(asked: Asked, { dryRun, force }: ChangeQuery, command: string): Changing {
  const { kernel, access, now, exchange } = asked;
  const origin: Changing['origin'] = (verb, subresource) => {
    const { request, ...who } = originOf(exchange, verb, subresource);
    return { ...who, request: { ...request, command, session: request.session ?? exchange.id } };
  };
  return { kernel, access, now, dryRun, force, warnings: exchange.warnings, origin };
}
