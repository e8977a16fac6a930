import type { Contract } from '../contract/shape.ts';

/** The contract as a withdrawal sees it: subject and natural key, no rule, nothing else required. */
export function keysOnly(contract: Contract): Contract {
  const key = new Set(contract.naturalKey);
  const { businessTime: _, ...rest } = contract;
  return { ...rest, fields: contract.fields.filter(({ name }) => key.has(name)), rules: [] };
}
