import type { Source, SourceInterface } from '#platform';
import type { Contract } from '../contract/shape.ts';
import { isAtSource } from './ask-sources.ts';
import { sourceFitRefusal } from './source-fit-refusals.ts';
import { cacheAllowedMs } from './staleness.ts';

/**
 * Refuses with `source.contract_misfit` when a definition of a source says what its contract does not: an unknown
 * contract or field, a dataset that is delivered and not asked for, or answers kept longer than the data stay true.
 */
export function requireSourcesFit(
  definitions: readonly Source[],
  contracts: ReadonlyMap<string, Contract>,
): void {
  for (const { id, interfaces } of definitions) {
    const reasons = interfaces.flatMap((to) => misfitsOf(to, contracts.get(to.contract)));
    if (reasons.length > 0) {
      throw sourceFitRefusal('source.contract_misfit', {
        source: id,
        reasons: reasons.slice(0, 10).join('; '),
      });
    }
  }
}

function misfitsOf(to: SourceInterface, contract: Contract | undefined): string[] {
  if (contract === undefined) return [`${to.contract}: no such contract`];
  const reasons: string[] = [];
  if (!isAtSource(contract)) reasons.push(`${contract.id}: is delivered, not asked for at its source`);
  const allowedMs = cacheAllowedMs(contract);
  if (to.cacheMs > allowedMs) reasons.push(`${contract.id}: cacheMs at most ${allowedMs}`);
  if (to.fields === undefined) return reasons;
  const names = new Set(contract.fields.map(({ name }) => name));
  for (const name of Object.keys(to.fields)) {
    if (!names.has(name)) reasons.push(`${contract.id}: no field ${name}`);
  }
  for (const { name, required } of contract.fields) {
    if (required && to.fields[name] === undefined) reasons.push(`${contract.id}: ${name} is required`);
  }
  return reasons;
}
