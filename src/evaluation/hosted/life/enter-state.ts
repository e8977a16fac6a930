import { recordLeaf, type Caller } from '#security';
import type { Tx } from '#kernel';
import type { HostedContext } from '../hosted-context.ts';
import { hostedRefusal } from '../hosted-refusals.ts';
import { HOSTED_STATES, type HostedState, type HostedTables } from '../hosted-tables.ts';
import { type HostedVersion, LIVE } from './find-model.ts';

export const HOSTED_STATE_ZH: Readonly<Record<HostedState, string>> = {
  draft: '草稿',
  validated: '已校验',
  shadow: '影子运行',
  active: '启用',
  retired: '停用',
};

/** Throws `hosted.step_wrong` unless the step follows from where the version stands. */
export function requireStep({ state }: HostedVersion, to: HostedState): void {
  const isNext = HOSTED_STATES.indexOf(to) === HOSTED_STATES.indexOf(state) + 1;
  const isEnd = to === 'retired' && state !== 'retired';
  if (!isNext && !isEnd)
    throw hostedRefusal('hosted.step_wrong', {
      state: `${HOSTED_STATE_ZH[state]} ${state}`,
      step: `${HOSTED_STATE_ZH[to]} ${to}`,
    });
}

/** Where the version stood ends and where it stands begins, with one leaf. The caller holds the version's row. */
export async function enterState(
  tx: Tx,
  context: HostedContext,
  { caller, version, to }: { caller: Caller; version: HostedVersion; to: HostedState },
): Promise<void> {
  requireStep(version, to);
  const { institution, model, name } = version;
  const at = context.clock.now();
  const receiptId = await leafOf(tx, context, {
    caller,
    act: `hosted_model_${to}`,
    body: { institution, model, from: version.state },
  });
  const tables = tx.tables<HostedTables>();
  await tables
    .updateTable('evaluation.hosted_states')
    .set({ known_to: at })
    .where('institution', '=', institution)
    .where('model_hash', '=', model)
    .where('known_to', '=', LIVE)
    .execute();
  await tx.rows(INSERT_STATE, [institution, model, to, at, name, caller.id, receiptId]);
}

export const INSERT_STATE = `
  insert into evaluation.hosted_states (institution, model_hash, state, known_from, name, entered_by, receipt_id)
  values ($1, $2, $3, $4, $5, $6, $7)`;

/** A change of a definition: what was decided about which hash; nothing of the model itself. */
export async function leafOf(
  tx: Tx,
  { keys, clock }: HostedContext,
  { caller, act, body }: { caller: Caller; act: string; body: Readonly<Record<string, string | number>> },
): Promise<string> {
  const { id } = await recordLeaf(tx, keys, {
    kind: 'definition_change',
    at: clock.now(),
    body: { act, ...body, by: caller.id },
  });
  return id;
}
