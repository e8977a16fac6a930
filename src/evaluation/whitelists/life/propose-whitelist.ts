import { inTransaction, type Tx } from '#kernel';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import { whitelistRefusal } from '../whitelist-refusals.ts';
import type { WhitelistTables } from '../whitelist-tables.ts';
import type { WhitelistsContext } from '../whitelists-context.ts';
import { listVersions, lockList } from '../entries/rule-sets-in-force.ts';

/**
 * Proposes the rules of a list as its file has them now, under their hash; from here on they do not change. Throws
 * `whitelists.unknown` when there is no such file, `whitelists.already_proposed` for unchanged rules.
 */
export async function proposeWhitelist(
  tx: Tx,
  context: WhitelistsContext,
  { caller, listId }: { readonly caller: Caller; readonly listId: string },
): Promise<{ rulesHash: string }> {
  requireAllowed(context.policies, caller, 'propose_whitelist');
  await lockList(tx, listId);
  const ruleSet = context.whitelists.get(listId);
  if (ruleSet === undefined) throw whitelistRefusal('whitelists.unknown');
  const { hash: rulesHash, definition } = ruleSet;
  if ((await listVersions(tx, listId)).some((one) => one.rulesHash === rulesHash))
    throw whitelistRefusal('whitelists.already_proposed');
  const at = context.clock.now();
  const body = { act: 'whitelist_proposed', list: listId, rules: rulesHash, by: caller.id };
  const receipt = await recordLeaf(tx, context.keys, { kind: 'definition_change', at, body });
  await tx
    .tables<WhitelistTables>()
    .insertInto('evaluation.whitelist_versions')
    .values({
      list_id: listId,
      rules_hash: rulesHash,
      version: definition.version,
      body: JSON.stringify(definition),
      proposed_by: caller.id,
      proposed_at: at,
      receipt_id: receipt.id,
    })
    .execute();
  return { rulesHash };
}

/**
 * Publishes what another person proposed, once it was back-tested on as many dates as its own file asks for. From then on
 * runs judge by it; entries that meet the former rules alone leave at the next run. Throws `whitelists.not_proposed`,
 * `whitelists.not_back_tested` or the policy's refusal of one person alone.
 */
export async function publishWhitelist(
  context: WhitelistsContext,
  { caller, listId }: { readonly caller: Caller; readonly listId: string },
): Promise<{ rulesHash: string }> {
  return await inTransaction(context.database, async (tx) => {
    await lockList(tx, listId);
    const [latest] = await listVersions(tx, listId);
    requireAllowed(context.policies, caller, 'publish_whitelist', {
      earlierPersons: latest === undefined ? [] : [latest.proposedBy],
    });
    if (latest?.state !== 'proposed') throw whitelistRefusal('whitelists.not_proposed');
    const { rulesHash, definition } = latest;
    const datesMin = definition.backTest.datesMin;
    const [tested] = await tx.rows<{ backtest_id: string }>(
      `select backtest_id from evaluation.whitelist_backtests
       where list_id = $1 and rules_hash = $2 and dates >= $3 order by made_at desc limit 1`,
      [listId, rulesHash, datesMin],
    );
    if (tested === undefined) throw whitelistRefusal('whitelists.not_back_tested', { dates: datesMin });
    const at = context.clock.now();
    const backtest = tested.backtest_id;
    const body = { act: 'whitelist_published', list: listId, rules: rulesHash, backtest, by: caller.id };
    const receipt = await recordLeaf(tx, context.keys, { kind: 'definition_change', at, body });
    await tx
      .tables<WhitelistTables>()
      .insertInto('evaluation.whitelist_publications')
      .values({
        list_id: listId,
        rules_hash: rulesHash,
        backtest_id: backtest,
        published_by: caller.id,
        published_at: at,
        receipt_id: receipt.id,
      })
      .execute();
    return { rulesHash };
  });
}
