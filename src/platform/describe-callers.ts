import type { Tx } from '#kernel';
import type { PlatformTables } from './tables.ts';

/** Who a caller id stands for, as the enterprise that was looked at may know it: the organisation, not the person. */
export type CallerDescription = { readonly zh: string; readonly en: string };

const COMMAND_LINE: CallerDescription = { zh: '节点人员（命令行）', en: 'The node (command line)' };
const SYSTEM: CallerDescription = { zh: '节点（定时任务）', en: 'The node (scheduled job)' };
const UNKNOWN: CallerDescription = { zh: '已不存在的账号', en: 'An account that is gone' };

/** Describes caller ids: the account's organisation where it has one, else its label. */
export async function describeCallers(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CallerDescription>> {
  const rows = await tx
    .tables<PlatformTables>()
    .selectFrom('platform.accounts')
    .select(['account_id', 'organisation', 'label_zh', 'label_en'])
    .where('account_id', 'in', ['', ...ids])
    .execute();
  const accounts = new Map(
    rows.map(({ account_id, organisation, label_zh, label_en }) => [
      account_id,
      { zh: organisation ?? label_zh, en: organisation ?? label_en },
    ]),
  );
  return new Map(ids.map((id) => [id, accounts.get(id) ?? describeOther(id)]));
}

function describeOther(id: string): CallerDescription {
  if (id.startsWith('cli:')) return COMMAND_LINE;
  return id.startsWith('system:') ? SYSTEM : UNKNOWN;
}
