import type { EnterpriseId, Tx } from '#kernel';
import type { PushContext, ReadWatched } from '../push-context.ts';
import type { MessageData, MessageType } from '../push-tables.ts';

/** A message as it is sent, and its number. */
export type NumberedMessage = {
  readonly number: string;
  readonly messageId: string;
  readonly institutionId: string;
  readonly platformId: string | null;
  readonly enterpriseId: EnterpriseId;
  readonly type: MessageType;
  readonly data: MessageData;
  readonly at: Date;
};

export const MESSAGE_COLUMNS = `m.number::text as number, m.message_id as "messageId",
  m.institution_id as "institutionId", m.platform_id as "platformId", m.enterprise_id::text as "enterpriseId",
  m.type, m.data, m.at`;

/** What speaks of a risk found; a recall, an answer or the end of a whitelist entry is told whatever became of the loan. */
const NEEDS_WATCH: ReadonlySet<MessageType> = new Set([
  'cn.xinqiao.alert.raised',
  'cn.xinqiao.alert.upgraded',
  'cn.xinqiao.alert.overdue',
]);

/**
 * Leaves out what may no longer be told: an alert of an enterprise whose watch for that institution has ended between the
 * queueing and now, by settlement or revocation; one over authorised data (`data.scope`) whose consent is gone; and, with
 * `isThrough`, one that goes through a platform by which the institution is not served any more.
 */
export async function leaveOutEnded<Told extends NumberedMessage>(
  tx: Tx,
  { readWatched }: Pick<PushContext, 'readWatched'>,
  messages: readonly Told[],
  { isThrough }: { readonly isThrough: boolean },
): Promise<Told[]> {
  const asked = messages.filter(({ type }) => NEEDS_WATCH.has(type)).map(({ enterpriseId }) => enterpriseId);
  if (asked.length === 0) return [...messages];
  const byEnterprise = await readByEnterprise(tx, readWatched, [...new Set(asked)]);
  return messages.filter(({ type, enterpriseId, institutionId, platformId, data }) => {
    if (!NEEDS_WATCH.has(type)) return true;
    return (byEnterprise.get(enterpriseId) ?? []).some(
      (watch) =>
        watch.institutionId === institutionId &&
        (!isThrough || watch.platformId === platformId) &&
        (data['scope'] !== 'authorised' || watch.consentId !== null),
    );
  });
}

/** A watch is told under the enterprise that goes on: one that was merged since the message was queued is asked for alone. */
async function readByEnterprise(
  tx: Tx,
  readWatched: ReadWatched,
  enterpriseIds: readonly EnterpriseId[],
): Promise<Map<EnterpriseId, Awaited<ReturnType<ReadWatched>>>> {
  const watches = await readWatched(tx, enterpriseIds);
  const found = new Map<EnterpriseId, Awaited<ReturnType<ReadWatched>>>(
    Map.groupBy(watches, ({ enterpriseId }) => enterpriseId),
  );
  for (const id of enterpriseIds) {
    if (!found.has(id)) found.set(id, await readWatched(tx, [id]));
  }
  return found;
}
