import { addQuantities, compareQuantities, formatQuantity, parseQuantity, subtractQuantities, type Quantity } from '#lib/api/quantity';

/** Amounts by the name of what is counted: `pods`, `requests.cpu`, `count/deployments.apps`. */
export type Amounts = ReadonlyMap<string, Quantity>;

/** Reads a resource list. Amounts that cannot be read are left out: validation speaks of them. */
export function amountsOf(list: Readonly<Record<string, string>> | undefined): Map<string, Quantity> {
  const amounts = new Map<string, Quantity>();
  for (const [name, text] of Object.entries(list ?? {})) {
    try {
      amounts.set(name, parseQuantity(text));
    } catch {
      continue;
    }
  }
  return amounts;
}

/** As a resource list, sorted by name, as Go writes maps. */
export const listOf = (amounts: Amounts): Record<string, string> =>
  Object.fromEntries([...amounts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, amount]) => [name, formatQuantity(amount)]));

/** `pods=1,requests.cpu=500m`. Mirrors prettyPrint of apiserver/pkg/admission/plugin/resourcequota. */
export const printAmounts = (amounts: Amounts): string =>
  Object.entries(listOf(amounts))
    .map(([name, amount]) => `${name}=${amount}`)
    .join(',');

/** Adds `more` to `total`, in place. */
export function addTo(total: Map<string, Quantity>, more: Amounts): void {
  for (const [name, amount] of more) {
    const old = total.get(name);
    total.set(name, old === undefined ? amount : addQuantities(old, amount));
  }
}

/** Takes `less` from `total`, in place. */
export function takeFrom(total: Map<string, Quantity>, less: Amounts): void {
  for (const [name, amount] of less) {
    const old = total.get(name);
    total.set(name, old === undefined ? { nano: -amount.nano, format: amount.format } : subtractQuantities(old, amount));
  }
}

/** Raises what is lower than in `floor` to that, in place. */
export function raiseTo(total: Map<string, Quantity>, floor: Amounts): void {
  for (const [name, amount] of floor) {
    const old = total.get(name);
    if (old === undefined || compareQuantities(amount, old) > 0) total.set(name, amount);
  }
}

/** Those that are named. */
export const pick = (amounts: Amounts, names: readonly string[]): Map<string, Quantity> =>
  new Map(names.flatMap((name) => (amounts.has(name) ? [[name, amounts.get(name) as Quantity]] : [])));
