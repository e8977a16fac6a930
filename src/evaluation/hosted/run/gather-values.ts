import { mayEnterModels } from '#consent';
import { beijingDate, type Tx } from '#kernel';
import { decide, type Permit } from '#security';
import type { CompiledSource } from '../../indicators/compile/compile-indicators.ts';
import { requireWithinRange } from '../../indicators/compute/require-within-range.ts';
import type { HostedContext } from '../hosted-context.ts';
import { hostedRefusal } from '../hosted-refusals.ts';
import type { IndicatorInput } from '../life/indicator-inputs.ts';
import { requireReleased } from '../life/require-released.ts';
import type { HostedManifest } from '../manifest.ts';
import type { Cell } from '../pmml/scorecard.ts';
import type { ModelValues } from '../score-model.ts';
import { contractsOf } from './ask-to-score.ts';
import type { AskedToScore, HostedRunRequest, RunningVersion } from './run-shape.ts';

/** How an input may be used under a Permit. `invisible`: it may enter the model and be shown to nobody. */
type Usage = 'visible' | 'invisible';

const TEXT_CHARACTERS_MAX = 200;

/**
 * Everything that the version takes: its indicators under the Permit, and what came with the call. Values that are usable
 * but not visible are read in the node's own name and given to the model alone. Throws `hosted.input_not_permitted`,
 * `hosted.not_released`, `indicators.outside_range` or `hosted.call_inputs_wrong`.
 */
export async function gatherValues(
  tx: Tx,
  context: HostedContext,
  { asked, version, request }: { asked: AskedToScore; version: RunningVersion; request: HostedRunRequest },
): Promise<ModelValues> {
  const { permit } = asked;
  const sent = takeSent(version.manifest, request.inputs);
  const usages = new Map(version.inputs.map((input) => [input, usageOf(permit, input)]));
  const asOf = beijingDate(permit.asOf.knownAt);
  for (const input of version.inputs) requireWithinRange(input, asked.consent, asOf);
  const values = new Map<string, Cell>(Object.entries(sent));
  for (const usage of ['visible', 'invisible'] as const) {
    const inputs = version.inputs.filter((input) => usages.get(input) === usage);
    if (inputs.length === 0) continue;
    if (usage === 'invisible')
      for (const input of inputs) requireReleased(context.book, version.manifest, input);
    const reading = usage === 'visible' ? permit : permitOfNode(tx, context, { permit, version });
    const ids = [...new Set(inputs.map(({ indicator }) => indicator))];
    const read = await context.readIndicators(tx, reading, ids);
    for (const { name, indicator } of inputs) values.set(name, read.get(indicator)?.value ?? null);
  }
  return Object.fromEntries(values);
}

/** In its own duty the node may read every class; what it reads here reaches the model and nothing else. */
function permitOfNode(
  tx: Tx,
  { policies, nodeCaller }: HostedContext,
  { permit, version }: { permit: Permit; version: RunningVersion },
): Permit {
  return decide(tx, policies, {
    caller: nodeCaller,
    purpose: 'operate',
    subject: permit.subject,
    contracts: contractsOf([version]),
    asOf: permit.asOf,
  });
}

/** A field that may be shown may enter a model; one that may only be compared may do so for an evaluation. */
function usageOf(permit: Permit, { name, sources }: IndicatorInput): Usage {
  const usages = sources.flatMap((source) =>
    source.fields.map((field) => usageOfField(permit, source, field)),
  );
  const refused = usages.find((usage) => typeof usage === 'object');
  if (refused !== undefined)
    throw hostedRefusal('hosted.input_not_permitted', { input: name, purpose: permit.purpose, ...refused });
  return usages.every((usage) => usage === 'visible') ? 'visible' : 'invisible';
}

function usageOfField(
  permit: Permit,
  { contract: { id: contract } }: CompiledSource,
  field: string,
): Usage | { contract: string; field: string } {
  const isVisible = permit.fields(contract).some(({ name, masked }) => name === field && !masked);
  if (isVisible) return 'visible';
  const isUsable = mayEnterModels(permit.purpose) && permit.verifiable(contract).includes(field);
  return isUsable ? 'invisible' : { contract, field };
}

/** Exactly the declared inputs of the call; what is not known is null and has to be said. */
function takeSent({ inputs }: HostedManifest, given: HostedRunRequest['inputs']): ModelValues {
  const wanted = inputs.filter((input) => input.from === 'call');
  const unknown = Object.keys(given).find((name) => !wanted.some((input) => input.name === name));
  if (unknown !== undefined) throw wrong(unknown.slice(0, 100), '模型没有声明', 'is not declared');
  const sent = new Map<string, Cell>();
  for (const { name, kind } of wanted) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined) throw wrong(name, '没有提供', 'is missing');
    const isOfKind =
      kind === 'number'
        ? Number.isFinite(value)
        : typeof value === 'string' && value.length <= TEXT_CHARACTERS_MAX;
    if (value !== null && !isOfKind) throw wrong(name, '类型不对', `is no ${kind}`);
    sent.set(name, value);
  }
  return Object.fromEntries(sent);
}

function wrong(name: string, zh: string, en: string): Error {
  return hostedRefusal('hosted.call_inputs_wrong', { zh: `${name} ${zh}`, en: `${name} ${en}` });
}
