import type { Permit } from '#security';
import { type CompiledIndicators, compileIndicators } from '../compile/compile-indicators.ts';
import type { IndicatorBook } from '../indicator.ts';
import { indicatorsRefusal } from '../definition/indicators-refusals.ts';

/** Of many enterprises nothing is computed with that may not be read. */
type Reading = Pick<Permit, 'fields'> & Partial<Pick<Permit, 'computable'>>;

/** Refuses when any field that an indicator reads is not the Permit's to read whole, or to compute with. */
export function requireReadable(permit: Reading, compiled: CompiledIndicators): void {
  for (const { contract, fields, indicators } of compiled.sources) {
    const whole = permit.fields(contract.id).filter(({ masked }) => !masked);
    const readable = new Set([...whole.map(({ name }) => name), ...(permit.computable?.(contract.id) ?? [])]);
    const missing = fields.filter((name) => !readable.has(name));
    if (missing.length === 0) continue;
    throw indicatorsRefusal('indicators.not_readable', {
      indicator: indicators.map(({ indicator }) => indicator.definition.id).join('、'),
      contract: contract.id,
      fields: missing.join('、'),
    });
  }
}

/** Refuses followed data, which is held for one enterprise's consent and never for a population. */
export function requireReplicated({ sources }: CompiledIndicators): void {
  for (const { contract, coverage, indicators } of sources) {
    if (coverage === 'replicated') continue;
    throw indicatorsRefusal('indicators.followed_needs_consent', {
      indicator: indicators.map(({ indicator }) => indicator.definition.id).join('、'),
      contract: contract.id,
    });
  }
}

/** Those of the indicators that a Permit suffices for, in their order. */
export function readableIndicators(
  permit: Pick<Permit, 'fields'>,
  book: IndicatorBook,
  ids: readonly string[],
): string[] {
  return ids.filter((id) =>
    compileIndicators(book, [id]).sources.every(({ contract, fields }) => {
      const readable = permit.fields(contract.id).filter(({ masked }) => !masked);
      return fields.every((name) => readable.some((field) => field.name === name));
    }),
  );
}
