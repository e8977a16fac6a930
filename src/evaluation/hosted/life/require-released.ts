import { bitsOf } from '#security';
import type { IndicatorBook } from '../../indicators/indicator.ts';
import { hostedRefusal } from '../hosted-refusals.ts';
import type { HostedManifest } from '../manifest.ts';
import { countOutputs } from '../outputs.ts';
import type { IndicatorInput } from './indicator-inputs.ts';

/** The output that a release rule names to let values into the score of an institution's model. */
const HOSTED_OUTPUT = 'hosted_score';

/**
 * An input that rests on what is usable but not visible: each of its indicators has a published release rule for this
 * output, and an answer is no wider than the rule allows. A rule for grades lets nothing into a score.
 * Throws `hosted.not_released`.
 */
export function requireReleased(
  { releases }: Pick<IndicatorBook, 'releases'>,
  manifest: HostedManifest,
  { name, sources }: IndicatorInput,
): void {
  const bits = bitsOf(countOutputs(manifest));
  for (const { contract, fields, indicators } of sources) {
    const rests = contract.fields.some(
      (field) => fields.includes(field.name) && field.disclosure === 'invisible',
    );
    if (!rests) continue;
    for (const { indicator } of indicators) {
      const { id, release } = indicator.definition;
      const rule = release === undefined ? undefined : releases.get(release);
      const isReleased = rule?.output === HOSTED_OUTPUT && bits <= rule.bitsMax;
      if (!isReleased) throw hostedRefusal('hosted.not_released', { input: name, indicator: id, bits });
    }
  }
}
