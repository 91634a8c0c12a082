import type { StatusCause } from '#lib/api/errors';
import type { FieldConflict } from './apply';
import { pathText } from './element';
import { identityOf, type Manager } from './managers';

/** One cause per field. Mirrors NewConflictError of conflict.go. */
export const conflictCauses = (conflicts: readonly FieldConflict[]): StatusCause[] =>
  conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(manager)}`,
    field: pathText(path),
  }));

/** `Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas` */
export function conflictText(conflicts: readonly FieldConflict[]): string {
  const [only] = conflicts;
  if (only && conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${managerText(only.manager)}: ${pathText(only.path)}`;
  const byManager = new Map<string, FieldConflict[]>();
  for (const conflict of conflicts) {
    const id = identityOf(conflict.manager);
    byManager.set(id, [...(byManager.get(id) ?? []), conflict]);
  }
  const parts = [...byManager]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, theirs]) => [
      `conflicts with ${managerText((theirs[0] as FieldConflict).manager)}:`,
      ...theirs.map(({ path }) => `- ${pathText(path)}`),
    ]);
  return `Apply failed with ${conflicts.length} conflicts: ${parts.join('\n')}`;
}

function managerText({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = JSON.stringify(manager) + (subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
