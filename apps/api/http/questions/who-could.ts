import { IsOptional, IsString, Matches, MinLength } from 'class-validator';
import { badRequest } from '#lib/api/errors';
import type { Access, Granted } from '../../auth/authorizer';
import { authorizerAt } from '../../auth/past-authorizer';
import { kindRemembered } from '../../history/kind-asked';
import { parseQuery } from '../../history/query';
import type { Asked, Question } from './question';

class WhoCouldQuery {
  /** `delete`, `list`, `*`; of paths `get`, `post`. */
  @IsString()
  @MinLength(1)
  verb!: string;

  /** `pods`, `deployments.apps`; a part as `pods` with `subresource`. */
  @IsOptional()
  @Matches(/^[a-z0-9.-]+$/)
  resource?: string;

  @IsOptional()
  @IsString()
  subresource?: string;

  /** Empty: in all namespaces at once. */
  @IsString()
  namespace = '';

  /** Empty: of any name. */
  @IsString()
  name = '';

  /** Instead of a resource: a path of the server. */
  @IsOptional()
  @Matches(/^\//)
  path?: string;

  @IsOptional()
  @IsString()
  at?: string;
}

/** Whom RBAC allowed something at a moment; of the bindings, those that the asker may see. */
export const whoCould: Question = {
  method: 'GET',
  async answer(asked) {
    const query = parseQuery(WhoCouldQuery, asked.query);
    const access = await accessOf(query, asked);
    const revision = await asked.moment(query.at);
    const granted = (await authorizerAt(asked.log, revision)).whoMay(access);
    const subjects = granted.filter((one) => seesBinding(asked, one));
    if (subjects.length < granted.length) asked.exchange.warnings.push('there are more: of some bindings you may not see the history');
    asked.send({ revision, access, subjects });
  },
};

async function accessOf({ verb, resource, subresource, namespace, name, path }: WhoCouldQuery, { kernel }: Asked): Promise<Access> {
  if (path !== undefined) return { verb, path };
  if (resource === undefined) throw badRequest('say a resource or a path');
  const { group, plural, namespaced } = await kindRemembered(resource, kernel.world, kernel.log);
  return { verb, group, resource: plural, ...(subresource && { subresource }), namespace: namespaced ? namespace : '', name };
}

const seesBinding = ({ access }: Asked, { binding: { kind, namespace, name } }: Granted): boolean =>
  access.sees({ resource: `${kind.toLowerCase()}s.rbac.authorization.k8s.io`, namespace, name });
