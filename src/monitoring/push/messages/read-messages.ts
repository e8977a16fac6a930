import type { Tx } from '#kernel';
import { type Admission, askOfAdmission, type Caller, refuseOnGround } from '#security';
import type { PushContext } from '../push-context.ts';
import { PUSH_LIMITS } from '../push-limits.ts';
import { pushRefusal } from '../push-refusals.ts';
import { numberMessages } from '../send/number-messages.ts';
import { leaveOutEnded, MESSAGE_COLUMNS, type NumberedMessage } from './withhold-ended.ts';

/** Who fetches: a caller, and the institution that it is for, through a platform where the caller is one. */
export type MessageReceiver = { readonly caller: Caller; readonly admission: Admission };

export type MessagesPage = {
  readonly messages: readonly NumberedMessage[];
  /** Where to go on; the one asked from when nothing is new. */
  readonly cursor: string;
  readonly isComplete: boolean;
};

/**
 * The institution's messages after a cursor, in order, whether or not they were pushed. A platform finds those that go
 * through it. An alert whose watch has ended since is left out, and the cursor passes it.
 * Throws `push.cursor_wrong`, `push.receiver_without_role` or what the policy says.
 */
export async function readMessages(
  tx: Tx,
  context: PushContext,
  {
    caller,
    admission,
    after = '0',
    limit = PUSH_LIMITS.pageMax,
  }: MessageReceiver & { after?: string; limit?: number },
): Promise<MessagesPage> {
  requireReceiver(context, { caller, admission });
  if (!/^\d{1,18}$/.test(after)) throw pushRefusal('push.cursor_wrong');
  await numberMessages(tx, context);
  const { institutionId, platformId } = admission;
  const rows = await tx.rows<NumberedMessage>(READ, [institutionId, platformId, after, limit]);
  const messages = await leaveOutEnded(tx, context, rows, { isThrough: platformId !== null });
  return { messages, cursor: rows.at(-1)?.number ?? after, isComplete: rows.length < limit };
}

/** The last number given: where a stream begins that names no place. */
export async function readLastNumber(tx: Tx): Promise<string> {
  const [row] = await tx.rows<{ last: string }>(
    'select last_number::text as last from monitoring.message_counter where counter_id = 1',
  );
  return row?.last ?? '0';
}

function requireReceiver(
  { policies }: Pick<PushContext, 'policies'>,
  { caller, admission }: MessageReceiver,
): void {
  const act = { caller, admission, act: 'receive_messages', purpose: 'monitoring' } as const;
  const { isAllowed, ground } = askOfAdmission(policies, act);
  if (ground !== undefined) throw refuseOnGround(policies, ground);
  if (!isAllowed) throw pushRefusal('push.receiver_without_role');
}

const READ = `
  select ${MESSAGE_COLUMNS} from monitoring.messages m
  where m.institution_id = $1 and ($2::text is null or m.platform_id = $2) and m.number > $3
  order by m.number limit $4`;
