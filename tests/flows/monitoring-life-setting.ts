import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EnterpriseId, openKeyStore, type Tx } from '#kernel';
import type { Caller } from '#security';
import type { LifeContext } from '../../src/monitoring/life/life-context.ts';
import { loadRules } from '../../src/monitoring/rules/load-rules.ts';
import type { RuleBook } from '../../src/monitoring/rules/rule.ts';
import type { Cleanup } from '../support/database.ts';
import { callerOf } from './consent-setting.ts';
import { openTestClock, type TestClock } from './http-node.ts';
import { type IndicatorsSetting, openIndicators } from './indicators-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export const PROPOSER = operator('acc_proposer');
export const FIRST = operator('acc_first');
export const SECOND = operator('acc_second');
export const AUDITOR = callerOf({ id: 'acc_auditor', kind: 'operator', roles: ['audit_admin'] });

function operator(id: string): Caller {
  return callerOf({ id, kind: 'operator', roles: ['data_admin'] });
}

export type LifeSetting = {
  readonly indicators: IndicatorsSetting;
  readonly context: LifeContext;
  readonly clock: TestClock;
  /** The book of these definitions alone, as a city's folder would give them. */
  readonly bookOf: (...definitions: readonly object[]) => RuleBook;
  /** The package's own rules. */
  readonly shipped: RuleBook;
};

export async function openLife(t: Cleanup): Promise<LifeSetting> {
  const indicators = await openIndicators(t);
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-rules-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clock = openTestClock();
  const { database, policies, catalogue, book } = indicators;
  const keys = openKeyStore(folder);
  const context = { database, policies, keys, clock, catalogue, book };
  const bookOf = (...definitions: readonly object[]): RuleBook => {
    const own = mkdtempSync(join(folder, 'models-'));
    mkdirSync(join(own, 'alerts'));
    const wanted = new Set<string>();
    for (const definition of definitions) {
      const { id } = definition as { id: string };
      writeFileSync(join(own, 'alerts', `${id}.yaml`), JSON.stringify(definition));
      wanted.add(id);
    }
    const all = loadRules([join(ROOT, 'models'), own], book, catalogue);
    return { ...all, rules: new Map([...all.rules].filter(([id]) => wanted.has(id))) };
  };
  const shipped = loadRules([join(ROOT, 'models')], book, catalogue);
  return { indicators, context, clock, bookOf, shipped };
}

/** A rule of court cases; what it looks for is said by `more`. */
export function courtRule(id: string, more: object = {}): object {
  return {
    id,
    version: '1.0.0',
    name: { zh: '涉诉案件', en: 'a court case' },
    level: 'yellow',
    kind: 'event',
    scope: 'public',
    reach: 'followed',
    coolDownDays: 0,
    precisionFloor: 0.2,
    basis: ['proposal'],
    action: { zh: '了解案件情况', en: 'look into the case' },
    start: 'draft',
    cases: { fires: {}, rests: {} },
    source: { contract: 'b15_court_filing', version: '1.0.0' },
    ...more,
  };
}

/** Recency, openness and side of a case; the second one within a year is graver. */
export const RECENT_OPEN = {
  filter: {
    all: [
      { field: 'filed_on', ge: { asOf: { days: -365 } } },
      { field: 'litigation_role', eq: 'defendant' },
      { field: 'closed_on', isNull: true },
    ],
  },
  steps: { by: 'count', withinDays: 365, steps: [{ at: 2, level: 'orange' }] },
};

/** Alerts of a rule as institutions have judged them, one an enterprise from the `from`th on. */
export async function addJudged(
  tx: Tx,
  about: {
    readonly rule: string;
    readonly judgement: string;
    readonly at: Date;
    readonly enterpriseIds: readonly EnterpriseId[];
    readonly from: number;
    readonly count: number;
  },
): Promise<void> {
  const { rule, judgement, at, enterpriseIds, from, count } = about;
  const ids = enterpriseIds.slice(from, from + count);
  const given = [ids, rule, judgement, at];
  await tx.rows(
    `insert into monitoring.alerts (enterprise_id, alert_id, institution_id, branch_id, rule_id, fact, raised_at)
     select id, 'alt_' || id, 'bank', 'bank', 'court_recent_open', 'fact', $2 from unnest($1::bigint[]) id`,
    [ids, at],
  );
  await tx.rows(
    `insert into monitoring.alert_versions (enterprise_id, alert_id, version_no, known_from, institution_id, case_id, cause,
       state, level, signal_id, rule_hash, occurred_on, signal_known_at, is_late, is_disputed, evidence, due_on,
       due_is_certain, escalation, judgement, said_by, receipt_id, disclosure_id)
     select id, 'alt_' || id, 1, $4::timestamptz, 'bank', 'cas_' || id, 'handled', $3, 'yellow', 'sig_' || id, $2, $4::timestamptz::date, $4::timestamptz, false,
       false, '[]', $4::timestamptz::date + 5, true, 0, $3, 'acc_officer', 'rcp_test', 'dsc_test' from unnest($1::bigint[]) id`,
    given,
  );
}
