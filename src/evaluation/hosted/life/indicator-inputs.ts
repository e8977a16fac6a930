import { compileIndicators, type CompiledSource } from '../../indicators/compile/compile-indicators.ts';
import type { HostedContext } from '../hosted-context.ts';
import { hostedRefusal } from '../hosted-refusals.ts';
import type { HostedManifest } from '../manifest.ts';

/** An input that the node computes, with the datasets and fields behind it. */
export type IndicatorInput = {
  readonly name: string;
  readonly indicator: string;
  readonly sources: readonly CompiledSource[];
};

/**
 * The inputs that are indicators. Throws `hosted.input_unknown` for one that is not in the book, that may not be used for
 * scores, or that rests on a dataset which is only ever verified.
 */
export function indicatorInputs(
  { book }: Pick<HostedContext, 'book'>,
  { inputs }: HostedManifest,
): IndicatorInput[] {
  return inputs.flatMap((input) => {
    if (input.from !== 'indicator') return [];
    const { name, indicator } = input;
    const known = book.indicators.get(indicator);
    const sources = known && compileIndicators(book, [indicator]).sources;
    const isUsable =
      known?.definition.uses.includes('score') === true &&
      sources?.every(({ contract }) => contract.sharingModes.some((mode) => mode !== 'verify_only')) === true;
    if (!isUsable || sources === undefined)
      throw hostedRefusal('hosted.input_unknown', { input: name, indicator });
    return [{ name, indicator, sources }];
  });
}
