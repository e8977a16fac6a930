import type { Field } from '#lists';
import { type Day, dayOf, firstDayOf, monthOf, OPEN_END } from '../model/days.ts';
import { between, chance, whole } from '../model/random.ts';
import type { Cell, Fill } from './fill.ts';
import type { Relations } from './relations.ts';

/** Names of dates that lie ahead by nature: terms, deadlines, validity. */
const AHEAD = /(_until|_due_on|_due|_by|_before|_ends_on|_end_on|_until_on|_surveillance_on)$/;
/** Names of dates that follow the fact; without a rule all others precede it. */
const AFTER =
  /(paid|closed|removed|settled|repaired|rectified|corrected|improved|ended|withdrawn|cancelled|revoked|annulled|deleted|lifted|served|published|granted|accepted|approved|recommended|released|adjusted|changed|cleared|unnamed|forfeited|terminated|renamed|clawback|reviewed|confirmed|verified|won|fulfilled|met|out_of_park|moved_out|moved_in|decided)_on$/;
/** Names of endings, which few records have. */
const ENDING =
  /(ended|withdrawn|cancelled|revoked|annulled|deleted|lifted|forfeited|terminated|clawback|abnormal|unnamed|removed|renamed|left|out_of_park|moved_out)_on$|repaired_on$|^abnormal|default/;

const ENDING_SHARE = 0.05;
const PRESENT_SHARE = 0.8;
const OPEN_SHARE = 0.15;

type Need = 'must' | 'may' | 'never';

/** Makes one date that keeps every order the contract asks for; past dates never lie after what the department knows. */
export function fillDate(
  field: Field,
  relations: Relations,
  { cells, fill, need }: { cells: readonly (Cell | undefined)[]; fill: Fill; need: Need },
): Day | null {
  const isAhead = AHEAD.test(field.name) && !relations.isPast;
  if (!isPresent(field, { isAhead, need }, fill)) return null;
  const least = highestOf(cells, relations.earlier);
  const most = lowestOf(cells, relations.later);
  if (isAhead && field.openEnded === true && most === undefined && chance(fill.rng, OPEN_SHARE))
    return OPEN_END;
  const wanted = place(field, fill, { least, most, isAhead });
  const floor = relations.notBefore === undefined ? wanted : Math.max(wanted, dayOf(relations.notBefore));
  const day =
    isAhead || floor <= fill.asOf ? floor : need === 'must' ? Math.max(fill.asOf, least ?? 0) : null;
  return day === null || field.kind !== 'month' ? day : firstDayOf(monthOf(day));
}

function isPresent(
  field: Field,
  { isAhead, need }: { isAhead: boolean; need: Need },
  { rng }: Fill,
): boolean {
  if (need === 'must') return true;
  if (need === 'never') return false;
  return chance(rng, isAhead ? 0.95 : ENDING.test(field.name) ? ENDING_SHARE : PRESENT_SHARE);
}

function place(
  field: Field,
  { rng, on }: Fill,
  { least, most, isAhead }: { least: Day | undefined; most: Day | undefined; isAhead: boolean },
): Day {
  if (least !== undefined && most !== undefined) return Math.round(between(rng, least, most));
  if (isAhead) return Math.max(least ?? on, on) + 365 * whole(rng, 1, 3) - 1;
  if (least !== undefined) return least + whole(rng, 5, 150);
  const before = most ?? on;
  return most === undefined && AFTER.test(field.name) ? on + whole(rng, 5, 150) : before - whole(rng, 3, 60);
}

function highestOf(cells: readonly (Cell | undefined)[], positions: readonly number[]): Day | undefined {
  const days = positions.map((at) => cells[at]).filter((cell) => typeof cell === 'number');
  return days.length === 0 ? undefined : Math.max(...days);
}

function lowestOf(cells: readonly (Cell | undefined)[], positions: readonly number[]): Day | undefined {
  const days = positions.map((at) => cells[at]).filter((cell) => typeof cell === 'number');
  return days.length === 0 ? undefined : Math.min(...days);
}
