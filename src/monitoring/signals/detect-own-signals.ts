import assert from 'node:assert';
import { computeOne, type DataRange, isWithinRange, readOwnRecordsBehind } from '#evaluation';
import { createHash } from 'node:crypto';
import type { Tx } from '#kernel';
import { selectOwn } from '#lists';
import type { Permit } from '#security';
import type { EventRule, Rule } from '../rules/rule.ts';
import { ofKind } from './detect-signals.ts';
import { evidenceOf } from './detect-values.ts';
import type { EpisodeStates, ValueRule } from './episodes.ts';
import { signalsOf } from './event-signals.ts';
import { compileRules, knownDay } from './population-values.ts';
import { readEpisodes } from './read-episodes.ts';
import type { Found, FoundSignal } from './signal.ts';
import { decideMoves, restsOnDisputed, toldMoves, toSignal } from './value-signals.ts';
import { type EventRow, fieldsOfRules, writeEvents } from './write-events.ts';

export type OwnDetectRequest = {
  /** Of scope `authorised`, or on public records that a source was asked for. Those that the Permit does not suffice for are left out. */
  readonly rules: readonly Rule[];
  readonly asOf: string;
  readonly since: Date | null;
  /** Range of data that the consent names; absent: open. */
  readonly range?: DataRange;
  readonly states?: EpisodeStates;
  /** Whose consent it is: episodes are those of this institution. Absent: as if nothing had been looked at for anybody. */
  readonly institutionId?: string;
};

/**
 * As `detectSignals`, of the one enterprise of a Permit that a consent for post-loan management gave: for rules on what
 * the enterprise has authorised. Facts and values outside the consent's range of data are not looked at.
 */
export async function detectOwnSignals(tx: Tx, permit: Permit, request: OwnDetectRequest): Promise<Found> {
  assert(
    request.rules.every(({ scope, reach }) => scope === 'authorised' || reach === 'followed'),
    'rules on public records that the node holds run for the whole watch list',
  );
  const rules = request.rules.filter((rule) => isReadable(permit, rule));
  const asked = { ...request, asOf: knownDay(permit, request.asOf) };
  const signals: FoundSignal[] = [];
  const groups = Map.groupBy(ofKind(rules, 'event'), ({ contract }) => contract.id);
  for (const own of groups.values())
    signals.push(...(await detectOwnEvents(tx, permit, { ...asked, rules: own })));
  const values = await detectOwnValues(tx, permit, {
    ...asked,
    rules: [...ofKind(rules, 'threshold'), ...ofKind(rules, 'silence')],
  });
  return { signals: [...signals, ...values.signals], episodes: values.episodes };
}

/** Whether a rule has anything to look at: the Permit gives its fields, and the consent's range the days that it is about. */
export function isLookable(
  permit: Permit,
  rule: Rule,
  about: { readonly range: DataRange; readonly asOf: string },
): boolean {
  if (!isReadable(permit, rule)) return false;
  if (rule.kind !== 'threshold' && rule.kind !== 'silence') return true;
  return isWithinRange(compileRules([rule]), about.range, knownDay(permit, about.asOf));
}

/** Whether a Permit lets every field that the rule reads be read whole or computed with. */
function isReadable(permit: Permit, rule: Rule): boolean {
  const needs =
    rule.kind === 'event'
      ? [{ contract: rule.contract, fields: fieldsOfRules([rule], rule.contract) }]
      : rule.kind === 'threshold' || rule.kind === 'silence'
        ? compileRules([rule]).sources
        : [];
  return needs.every(({ contract, fields }) => {
    const whole = permit.fields(contract.id).filter(({ masked }) => !masked);
    const usable = new Set([...whole.map(({ name }) => name), ...permit.computable(contract.id)]);
    return fields.every((name) => usable.has(name));
  });
}

type Asked<Kind> = Omit<OwnDetectRequest, 'rules'> & { readonly rules: readonly Kind[] };

async function detectOwnEvents(tx: Tx, permit: Permit, asked: Asked<EventRule>): Promise<FoundSignal[]> {
  const { rules, asOf, since, range } = asked;
  const [first] = rules;
  if (first === undefined) return [];
  const { contract } = first;
  const rows = await selectOwn<EventRow>(tx, permit, {
    contracts: [{ contract, fields: fieldsOfRules(rules, contract) }],
    statement: ([records = '']) => {
      const { text, values } = writeEvents(
        rules,
        { from: `${records} r`, owner: OWNER, first: 3, since },
        asOf,
      );
      return { name: nameOf(text), text, values };
    },
  });
  const day = `f_${contract.businessTime ?? ''}` as const;
  return rows
    .filter((row) => isInRange(row[day]?.slice(0, 10), range))
    .flatMap((row) => signalsOf(row, rules));
}

/** The Permit's subject, first of the numbers that `selectOwn` binds. */
const OWNER = '($1::bigint[])[1]';

function nameOf(text: string): string {
  return `monitoring.own ${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
}

/** What has no day lies in no range. */
function isInRange(day: string | undefined, range: DataRange | undefined): boolean {
  if (range === undefined || (range.dataFrom === null && range.dataTo === null)) return true;
  if (day === undefined) return false;
  return (range.dataFrom === null || day >= range.dataFrom) && (range.dataTo === null || day <= range.dataTo);
}

async function detectOwnValues(tx: Tx, permit: Permit, asked: Asked<ValueRule>): Promise<Found> {
  const { asOf, range, institutionId } = asked;
  const rules = asked.rules.filter(
    (rule) => range === undefined || isWithinRange(compileRules([rule]), range, asOf),
  );
  if (rules.length === 0) return { signals: [], episodes: [] };
  const enterpriseIds = [permit.subject];
  const states =
    asked.states ??
    (await readEpisodes(tx, { rules, enterpriseIds, ...(institutionId !== undefined && { institutionId }) }));
  const compiled = compileRules(rules);
  const moves = decideMoves([await computeOne(tx, permit, compiled, { asOf })], {
    rules,
    compiled,
    states,
    asOf,
  });
  const signals: FoundSignal[] = [];
  for (const move of toldMoves(moves)) {
    const own = compileRules([move.rule]);
    const without = await computeOne(tx, permit, own, { asOf, withoutDisputed: true });
    const behind = await readOwnRecordsBehind(tx, permit, own, asOf);
    signals.push(
      toSignal(move, {
        knownAt: permit.asOf.knownAt,
        isDisputed: restsOnDisputed(move, without, own),
        evidence: evidenceOf(behind, permit.subject),
      }),
    );
  }
  return { signals, episodes: moves.map(({ episode }) => episode) };
}
