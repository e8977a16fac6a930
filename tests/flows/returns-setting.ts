import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type EnterpriseId, inTransaction, openKeyStore, type Tx } from '#kernel';
import { loadCalendar } from '#lists';
import { loadReasons, type OutcomeItem, type OutcomesContext } from '#outcomes';
import { loadReturnsRules, type ReturnsContext } from '#returns';
import { decide, type DisclosureKind, recordDisclosure, recordLeaf } from '#security';
import type { Cleanup } from '../support/database.ts';
import { addParticipants } from './consent-setting.ts';
import { addDelivery, addEnterprise, addRecords, openIndicators } from './indicators-setting.ts';
import { admissionOf, callerOf, loanItem, report } from './outcomes-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export const DATA_ADMIN = callerOf({ id: 'acc_data', kind: 'operator', roles: ['data_admin'] });

export type SteppingClock = Clock & { set(at: string): void };

/** A second later at every look, so that no two things happen at once; set by the test. */
function openSteppingClock(begin: string): SteppingClock {
  let now = Date.parse(begin);
  return {
    now: () => new Date((now += 1_000)),
    set: (at) => {
      now = Date.parse(at);
    },
  };
}

export type ReturnsSetting = {
  readonly context: ReturnsContext;
  readonly outcomes: OutcomesContext;
  readonly clock: SteppingClock;
  readonly ids: readonly EnterpriseId[];
};

/** Twenty enterprises, the first twelve in Chaoyang, the others in Haidian; two banks and a platform; October 2026. */
export async function openReturnsSetting(t: Cleanup): Promise<ReturnsSetting> {
  const { database, catalogue, policies, book } = await openIndicators(t);
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-returns-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clock = openSteppingClock('2026-09-03T02:00:00Z');
  const keys = openKeyStore(folder);
  const models = join(ROOT, 'models');
  const rules = loadReturnsRules([models]);
  const calendar = loadCalendar(join(models, 'calendars'));
  const context = { database, policies, keys, clock, catalogue, book, calendar, rules };
  const registration = catalogue.contracts.get('n01_registration') ?? assert.fail();
  const madeAt = new Date('2025-01-02T00:00:00Z');
  const ids = await inTransaction(database, async (tx) => {
    await addParticipants(tx);
    const deliveryNo = await addDelivery(tx, registration, madeAt);
    const made: EnterpriseId[] = [];
    for (let n = 0; n < 20; n += 1) made.push(await addEnterprise(tx, { madeAt }));
    await addRecords(
      tx,
      registration,
      made.map((enterpriseId, rowNo) => ({
        enterpriseId,
        deliveryNo,
        rowNo,
        knownFrom: madeAt,
        values: {
          established_on: '2015-05-01',
          domicile: '北京市',
          district: rowNo < 12 ? '朝阳区' : '海淀区',
          industry_section: 'I',
          legal_representative: `代表${rowNo}`,
        },
      })),
    );
    return made;
  });
  return { context, outcomes: { clock, keys, policies, reasons: loadReasons(ROOT) }, clock, ids };
}

export type Given = {
  readonly subject: EnterpriseId;
  readonly institution?: string;
  readonly platform?: string;
  readonly contracts?: readonly string[];
  readonly kind?: DisclosureKind;
  readonly application?: string;
};

/** Something that the node gave an institution at the clock's time; returns its id. */
export async function give(
  { context: { database, policies, keys, clock, catalogue } }: ReturnsSetting,
  {
    subject,
    institution = 'bank',
    platform,
    contracts = ['n01_registration'],
    kind = 'answer',
    application,
  }: Given,
): Promise<string> {
  return await inTransaction(database, async (tx: Tx) => {
    const at = clock.now();
    const permit = decide(tx, policies, {
      caller: callerOf({}),
      purpose: 'public_report',
      subject,
      contracts: contracts.map((id) => catalogue.contracts.get(id) ?? assert.fail(id)),
      asOf: { knownAt: at },
    });
    const receipt = await recordLeaf(tx, keys, { kind: 'answer', at, body: { test: true }, subject });
    return await recordDisclosure(tx, {
      permit,
      kind,
      contracts,
      contentDigest: 'sha256:00',
      receiptId: receipt.id,
      institution,
      ...(platform === undefined ? {} : { platform }),
      ...(application === undefined ? {} : { application }),
      at,
    });
  });
}

/** A loan of the ordinary kind under a number of its own. */
export function loanOf(disclosureId: string, no: string, amountFen = 100_000_00): OutcomeItem {
  const { loan, balance, application, ...rest } = loanItem(disclosureId);
  return {
    ...rest,
    application: { ...(application ?? assert.fail()), id: `A-${no}`, requestedFen: amountFen },
    loan: { ...(loan ?? assert.fail()), id: no, amountFen },
    balance: { ...(balance ?? assert.fail()), loanId: no, balanceFen: amountFen },
  };
}

export async function reportFor(
  { context: { database }, outcomes }: ReturnsSetting,
  institution: string,
  items: readonly OutcomeItem[],
  platform: string | null = null,
): Promise<void> {
  const admission = admissionOf({
    institutionId: institution,
    branchId: institution,
    ...(platform === null ? {} : { platformId: platform, platformState: 'admitted' as const }),
  });
  const caller = callerOf({
    id: `client:${platform ?? institution}`,
    kind: platform === null ? 'institution' : 'platform',
    roles: ['machine'],
    participantId: platform ?? institution,
  });
  const result = await report({ database, context: outcomes }, items, { admission, caller });
  assert.equal(result.counts.refused, 0, JSON.stringify(result.results.flatMap(({ faults }) => faults)));
}
