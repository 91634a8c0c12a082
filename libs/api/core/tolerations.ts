import type { Taint, Toleration } from 'kubernetes-types/core/v1';

/**
 * Whether the toleration covers the taint: no key covers every key, no effect every effect, no operator means Equal.
 * Mirrors Toleration.ToleratesTaint of component-helpers.
 */
export function isTolerated({ key, effect, operator, value }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return (operator ?? 'Equal') === 'Equal' && (value ?? '') === (taint.value ?? '') && Boolean(key);
}
