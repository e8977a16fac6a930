import { addWorkingDays, type WorkingCalendar } from '#lists';
import type { Follow } from '../definition/profile-shape.ts';
import type { Responsible } from '../definition/term-kinds.ts';
import type { NoticeKind } from '../tables.ts';

/** A running term as the hourly job sees it; a clock that stands is not followed. */
export type Followed = {
  readonly startedOn: string;
  readonly dueOn: string;
  readonly responsible: Responsible;
};

/** Whom a notice is for: who handles the term, that body's head, or the node's list. */
export type Notice = {
  readonly notice: NoticeKind;
  readonly told: Responsible;
  readonly duty: 'handler' | 'head';
};

const NODE: Responsible = { kind: 'node', id: 'node' };

/**
 * What is to be said of the term on this day, by the day that is due: once each, which the store sees to. After a pause of the
 * node the missed escalations come together, since all of them have been reached; a reminder after the day does not.
 */
export function decideNotices(
  { startedOn, dueOn, responsible }: Followed,
  {
    follow,
    calendar,
    today,
  }: { readonly follow: Follow; readonly calendar: WorkingCalendar; readonly today: string },
): Notice[] {
  const isPast = (days: number): boolean => today > addWorkingDays(calendar, dueOn, days).date;
  if (today <= dueOn) {
    const isNear = addWorkingDays(calendar, today, follow.remindBefore).date >= dueOn;
    // What is due on the day it begins was told by its beginning.
    return isNear && dueOn > startedOn ? [{ notice: 'reminder', told: responsible, duty: 'handler' }] : [];
  }
  const notices: Notice[] = [{ notice: 'overdue', told: responsible, duty: 'handler' }];
  if (isPast(follow.escalateToHeadAfter))
    notices.push({ notice: 'escalated_head', told: responsible, duty: 'head' });
  if (isPast(follow.escalateToNodeAfter))
    notices.push({ notice: 'escalated_node', told: NODE, duty: 'head' });
  return notices;
}
