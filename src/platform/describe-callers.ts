import type { Tx } from '#kernel';
import { WINDOW_CALLER } from './callers.ts';

/** Who a caller id stands for, as the enterprise that was looked at may know it: the organisation, not the person. */
export type CallerDescription = { readonly zh: string; readonly en: string };

const COMMAND_LINE: CallerDescription = { zh: '节点人员（命令行）', en: 'The node (command line)' };
const SYSTEM: CallerDescription = { zh: '节点（定时任务）', en: 'The node (scheduled job)' };
const WINDOW: CallerDescription = {
  zh: '本企业到场人（窗口办理）',
  en: 'A person of the enterprise, at the window',
};
const UNKNOWN: CallerDescription = { zh: '已不存在的账号', en: 'An account that is gone' };

/**
 * Describes caller ids. Who belongs to a participant, a program of it too, is described by the participant's name;
 * any other account by its organisation where it has one, else by its label.
 */
export async function describeCallers(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CallerDescription>> {
  const rows = await tx.rows<CallerDescription & { id: string }>(DESCRIBE_CALLERS, [ids]);
  const described = new Map(rows.map(({ id, zh, en }) => [id, { zh, en }]));
  return new Map(ids.map((id) => [id, described.get(id) ?? describeOther(id)]));
}

const DESCRIBE_CALLERS = `
  select a.account_id as id,
    coalesce(p.name_zh, a.organisation, a.label_zh) as zh, coalesce(p.name_en, a.organisation, a.label_en) as en
  from platform.accounts a left join platform.participants p on p.participant_id = a.participant_id
  where a.account_id = any($1::text[])
  union all
  select 'client:' || c.client_id, p.name_zh, p.name_en
  from platform.clients c join platform.participants p on p.participant_id = c.participant_id
  where 'client:' || c.client_id = any($1::text[])`;

function describeOther(id: string): CallerDescription {
  if (id.startsWith('cli:')) return COMMAND_LINE;
  if (id.startsWith(WINDOW_CALLER)) return WINDOW;
  return id.startsWith('system:') ? SYSTEM : UNKNOWN;
}
