import { inTransaction } from '#kernel';
import { searchEnterprises } from '#lists';
import { makeDemonstrationClients, systemCaller } from '#platform';
import type { Node } from './node.ts';

/** A bank of the demonstration city and a platform that it has signed with (models/participants). */
const BANK = 'demo-bank';
const PLATFORM = 'demo-chuangxinrong';

/** The clients of `examples/bank-client`, after the accounts: participants are made with them. */
export async function openDemonstrationClients(node: Node): Promise<void> {
  const { policies, clock, keys, config } = node;
  const acting = { caller: systemCaller('demonstration'), policies, clock, keys };
  await inTransaction(node.database, async (tx) => {
    const [enterprise] = await searchEnterprises(tx, '有限公司');
    await makeDemonstrationClients(tx, acting, {
      dataFolder: config.dataFolder,
      publicUrl: config.publicUrl,
      bank: BANK,
      platform: PLATFORM,
      enterprise: enterprise?.code ? { code: enterprise.code, name: enterprise.name } : undefined,
    });
  });
}
