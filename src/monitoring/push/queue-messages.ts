import assert from 'node:assert';
import { type EnterpriseId, newId, type Tx } from '#kernel';
import type { MessageData, MessageType } from './push-tables.ts';

/** What an institution is told: that there is something to look at, and where. */
export type Message = {
  readonly institutionId: string;
  /** Through which the institution is served and told; null: directly. */
  readonly platformId: string | null;
  readonly enterpriseId: EnterpriseId;
  readonly type: MessageType;
  /** Ids and codes only: alert id, case id, level, rule id, due date. Never names, amounts, field values. */
  readonly data: MessageData;
};

/**
 * Queues messages in the caller's transaction: they will be sent exactly if it commits, each under the id that is returned
 * here, in the order given. They are given their numbers after the commit.
 */
export async function queueMessages(tx: Tx, messages: readonly Message[], at: Date): Promise<string[]> {
  if (messages.length === 0) return [];
  const rows = messages.map((message, place) => {
    assertPlain(message.data);
    return { ...message, messageId: newId('msg', at), place };
  });
  await tx.rows(QUEUE, [JSON.stringify(rows), at]);
  return rows.map(({ messageId }) => messageId);
}

const WORD = /^[\w.:+/-]{0,128}$/;

/** A message passes through other hands: what could be a name or a sentence is a mistake of whoever queues it. */
function assertPlain(data: MessageData): void {
  for (const [name, value] of Object.entries(data)) {
    if (typeof value === 'string') assert.match(value, WORD, `${name} is an id, a code or a date`);
    if (typeof value === 'number') assert(Number.isSafeInteger(value), `${name} is a whole number`);
  }
}

const QUEUE = `
  insert into monitoring.messages (message_id, institution_id, platform_id, enterprise_id, type, data, at)
  select "messageId", "institutionId", "platformId", "enterpriseId", type, data, $2
  from json_to_recordset($1::json) as queued ("messageId" text, "institutionId" text, "platformId" text,
    "enterpriseId" bigint, type text, data jsonb, place integer)
  order by place`;
