import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  type BackTest,
  backTestWhitelist,
  listWhitelistVersions,
  type ListResults,
  proposeWhitelist,
  publishWhitelist,
  pushWhitelist,
  readBackTests,
  readResults,
  reviewWhitelist,
  runWhitelist,
  runWhitelists,
  type WhitelistsContext,
} from '#evaluation';
import { beijingDate, inTransaction, type Tx } from '#kernel';
import { findEnterprise } from '#lists';
import { type OutcomeItem, reportOutcomes, toReported } from '#outcomes';
import { commandLineCaller, commandLineReporter, type DemonstrationAccount, systemCaller } from '#platform';
import { collectDemonstration, openDemonstrationAccounts } from '../../src/entry/demonstration.ts';
import { openDemonstrationWhitelist } from '../../src/entry/demonstration-whitelist.ts';
import { bringEvaluationIntoForce, runScheduled } from '../../src/entry/evaluation.ts';
import { buildApp } from '../../src/entry/http/app.ts';
import { openOutcomes, proveReporter } from '../../src/entry/http/routes/outcome-reporting.ts';
import { openWhitelists } from '../../src/entry/http/routes/whitelists.ts';
import type { Node } from '../../src/entry/node.ts';
import { madeUpUscc } from '../../src/lists/check/check.test-support.ts';
import { deliver } from '../support/lists.ts';
import { addMandate } from './consent-setting.ts';
import { addPerson, endingOf, openTestClock, openTestNode, PASSWORD } from './http-node.ts';

const STEADY = 'steady_honest';
const TECHNOLOGY = 'first_loan_technology';
const BANK = 'demo-bank';
const DAY_MS = 86_400_000;
const FIRST = commandLineCaller('first', 'data_admin');
const SECOND = commandLineCaller('second', 'data_admin');

describe('whitelists of a whole city', () => {
  const ending = endingOf(after);
  const clock = openTestClock();
  let node: Node;
  let context: WhitelistsContext;
  let accounts: DemonstrationAccount[];
  let url = '';
  let firstDay = '';
  const within = <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> =>
    inTransaction(node.database, work);

  before(async () => {
    node = await openTestNode(ending, { clock, settings: { XINQIAO_DEMONSTRATION: '300' } });
    firstDay = beijingDate(clock.now());
    await collectDemonstration(node, () => undefined);
    await deliverRareDatasets(node);
    await bringEvaluationIntoForce(node, node.evaluation);
    await runScheduled(node, 'full');
    accounts = await openDemonstrationAccounts(node);
    context = openWhitelists(node);
    const app = await buildApp(node);
    ending.after(() => app.close());
    url = await app.listen({ host: '127.0.0.1', port: 0 });
  });

  /** A client of no code of the node's but its interface. */
  async function get<Body>(login: string, path: string): Promise<Body> {
    const password = accounts.find((account) => account.login === login)?.password ?? PASSWORD;
    const authorization = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
    const answer = await fetch(new URL(path, url), { headers: { authorization } });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return JSON.parse(text) as Body;
  }

  const snapshotOf = (list: string) => get<Snapshot>('bank', `/api/v1/whitelists/${list}/snapshot`);
  const changesAfter = (list: string, cursor: string) =>
    get<Changes>('bank', `/api/v1/whitelists/${list}/changes?after=${cursor}`);
  const dayAfter = (days: number): string =>
    new Date(Date.parse(`${firstDay}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
  const resultsAt = async (listId: string): Promise<ListResults> => {
    const results = await within((tx) => readResults(tx, context, { caller: FIRST, listId }));
    return results.find(({ institution }) => institution === BANK) ?? assert.fail('the bank was told');
  };

  it('a first start publishes one list, back-tested in hindsight and marked so, and a second start leaves it', async () => {
    assert.equal(await openDemonstrationWhitelist(node, accounts), true);
    assert.equal(await openDemonstrationWhitelist(node, accounts), false);
    const versions = await within((tx) => listWhitelistVersions(tx));
    assert.deepEqual(
      versions.map(({ listId, state }) => [listId, state]),
      [[STEADY, 'published']],
    );
    const [version] = versions;
    assert.notEqual(version?.publishedBy, version?.proposedBy);
    const [tested] = await within((tx) => readBackTests(tx, STEADY));
    assert.deepEqual([tested?.knowledge, tested?.isGradeLeftOut, tested?.dates.length], ['now', false, 3]);
    for (const { members, rest } of tested?.dates ?? []) {
      assert.ok(members.enterprises > 0 && members.enterprises < rest.enterprises);
      assert.ok(members.clean <= members.enterprises);
    }
  });

  it('a bank’s own client verifies the snapshot with the published keys, and the feed gives the same members', async () => {
    const snapshot = await snapshotOf(STEADY);
    assert.ok(await isSigned(url, snapshot));
    const [member, ...others] = snapshot.content.members;
    assert.ok(member !== undefined && others.length > 0);
    const altered = { ...snapshot, content: { ...snapshot.content, members: others } };
    assert.equal(await isSigned(url, altered), false);
    const { changes, isComplete } = await changesAfter(STEADY, '0.0');
    assert.equal(isComplete, true);
    assert.deepEqual(
      changes.map(({ code }) => code).sort(),
      snapshot.content.members.map(({ code }) => code).sort(),
    );
    assert.deepEqual(new Set(changes.map(({ change }) => change)), new Set(['added']));
  });

  it('by what was known then, a day before the node knew anybody is refused and not counted as tested', async () => {
    const asked = { caller: FIRST, listId: TECHNOLOGY, dates: ['2025-01-31', '2025-02-28', '2025-03-31'] };
    await assert.rejects(backTestWhitelist(context, asked), { code: 'whitelists.dates_too_early' });
    const { isGradeLeftOut } = await backTestWhitelist(context, { ...asked, knowledge: 'now' });
    assert.equal(isGradeLeftOut, true);
  });

  it('results are what the bank reported of the disclosures that it was pushed', async () => {
    const told = (await snapshotOf(STEADY)).content.members;
    const lent = told.slice(0, 6);
    clock.advance(20 * DAY_MS);
    await report(
      node,
      lent.map(({ disclosureId }, at) => loanOf(disclosureId, { at, day: dayAfter(20) })),
    );
    clock.advance(100 * DAY_MS);
    const month = beijingDate(clock.now()).slice(0, 7);
    const bad = lent.slice(0, 2);
    await report(
      node,
      bad.map(({ disclosureId }, at) => badLoanOf(disclosureId, { at, month })),
    );
    await report(node, [declinedOf(told[6]?.disclosureId ?? '', dayAfter(120))]);
    clock.advance(DAY_MS);
    const { institution: _, ...results } = await resultsAt(STEADY);
    const lentFen = String(6 * LOAN_FEN);
    assert.deepEqual(results, { told: told.length, reached: 7, granted: 6, lent: 6, bad: 2, lentFen });
  });

  it('the other list is back-tested against those outcomes before two persons publish it', async () => {
    clock.advance(80 * DAY_MS);
    const dates = [1, 2, 3].map(dayAfter);
    const asked = { caller: FIRST, listId: TECHNOLOGY };
    const tested: BackTest = await backTestWhitelist(context, { ...asked, dates });
    assert.deepEqual([tested.knowledge, tested.isGradeLeftOut], ['then', false]);
    for (const { members, rest } of tested.dates) {
      assert.ok(members.enterprises > 0, 'grades of the first run are known by then');
      assert.equal(members.enterprises + rest.enterprises, await countEnterprises());
      assert.deepEqual([members.lent + rest.lent, members.bad + rest.bad], [6, 2]);
      assert.equal(members.reached + rest.reached, 7);
    }
    assert.equal(tested.dates[2]?.stayed, 1);
    await within((tx) => proposeWhitelist(tx, context, asked));
    await publishWhitelist(context, { ...asked, caller: SECOND });
    const { entered, met, withoutData } = await runWhitelist(context, asked);
    assert.ok(entered > 0 && entered === met);
    assert.deepEqual(withoutData, {});
    const reviewed = await within((tx) =>
      reviewWhitelist(tx, context, { ...asked, decision: 'accept', reason: '逐户核对，同意' }),
    );
    assert.deepEqual(reviewed, { reviewed: entered });
    const { pushes } = await within((tx) => pushWhitelist(tx, context, asked));
    assert.equal(pushes.find(({ institution }) => institution === BANK)?.added, entered);
    assert.ok(await isSigned(url, await snapshotOf(TECHNOLOGY)));
    const { told, reached, bad } = await resultsAt(TECHNOLOGY);
    assert.deepEqual([told, reached, bad], [entered, 0, 0]); // what came before its push is not its own
  });

  it('an enterprise that is listed for serious dishonesty leaves every list, and it and the bank learn why', async () => {
    const lists = [STEADY, TECHNOLOGY];
    const [steady, technology] = await Promise.all(lists.map(snapshotOf));
    const onBoth = technology?.content.members.find(({ code }) =>
      steady?.content.members.some((one) => one.code === code),
    );
    const { code, name } = onBoth ?? steady?.content.members[0] ?? assert.fail();
    assert.ok(code !== null);
    await openRepresentative(node, code);
    const own = () => get<Own>('listed', `/api/v1/enterprises/${code}/whitelists`);
    const before = (await own()).whitelists.filter(({ isMember }) => isMember).map(({ list }) => list);
    assert.ok(before.includes(STEADY));
    const { rows, ...receipt } = await deliver(node.lists, {
      contract: 'n30_serious_dishonest_lists',
      content: `统一社会信用代码,企业名称,名单种类,认定日期,认定机关,名单状态\n${code},${name},${LISTING},北京市合成局,${IN_FORCE}\n`,
    });
    assert.deepEqual([rows, receipt.new], [1, 1], JSON.stringify(receipt.defects));
    await runScheduled(node, 'incremental');
    await runWhitelists(context, { caller: systemCaller('run_whitelists') });
    for (const list of before) {
      const cursor = (list === STEADY ? steady : technology)?.content.cursor ?? '';
      const { changes } = await changesAfter(list, cursor);
      const gone: Changes['changes'][number] | undefined = changes.find((one) => one.code === code);
      assert.deepEqual([gone?.change, gone?.reason?.code], ['left', 'excluded'], list);
      assert.ok(!(await snapshotOf(list)).content.members.some((one) => one.code === code));
    }
    const membership = (await own()).whitelists.find(({ list }) => list === STEADY);
    const last = membership?.history.at(-1);
    assert.equal(membership?.isMember, false);
    assert.deepEqual([last?.state, last?.reason?.code], ['left', 'excluded']);
    assert.deepEqual(
      last?.rules.map(({ zh }) => zh),
      ['在各领域严重失信名单'],
    );
    assert.ok(membership.told.some(({ institution, change }) => institution === BANK && change === 'left'));
    assert.equal((await resultsAt(STEADY)).lent, 6); // what came of it stays counted
  });

  async function countEnterprises(): Promise<number> {
    const [row] = await within((tx) =>
      tx.rows<{ n: number }>('select count(*)::integer as n from lists.enterprises'),
    );
    return row?.n ?? 0;
  }
});

type Member = { disclosureId: string; code: string | null; name: string };
type Snapshot = { content: { cursor: string; members: Member[] }; hash: string; jws: string };
type Changes = {
  changes: { code: string | null; change: string; reason: { code: string; zh: string } | null }[];
  isComplete: boolean;
};
type Own = {
  whitelists: {
    list: string;
    isMember: boolean;
    history: { state: string; reason: { code: string } | null; rules: { zh: string }[] }[];
    told: { institution: string; change: string }[];
  }[];
};

const yesterday = beijingDate(new Date(Date.now() - DAY_MS));
const LISTING = `政府采购严重违法失信,${yesterday}`;
const IN_FORCE = '在列';

/** So few enterprises have none of these; a dataset that was never delivered covers nobody and would leave out all. */
async function deliverRareDatasets({ lists }: Node): Promise<void> {
  const subject = `${madeUpUscc(3)},某某有限公司`;
  const files = {
    b47_bankruptcy: `破产案件案号,破产受理法院,破产程序阶段,当前阶段裁定日期,是否重整信用保护\n${subject},（2026）破1号,北京破产法庭,受理,2026-01-05,否\n`,
    n32_wage_arrears: `列入决定书文号,列入名单日期\n${subject},欠薪1号,2026-01-05\n`,
  };
  for (const [contract, content] of Object.entries(files)) {
    const receipt = await deliver(lists, { contract, content: `统一社会信用代码,企业名称,${content}` });
    assert.equal(receipt.state, 'published', JSON.stringify(receipt));
  }
}

/** As RFC 7515 Appendix F and RFC 8785 say, written without the node's code: members are texts and null alone. */
async function isSigned(url: string, { content, hash, jws }: Snapshot): Promise<boolean> {
  const answer = await fetch(new URL('/.well-known/jwks.json', url));
  const { keys } = (await answer.json()) as { keys: { kid: string; [member: string]: string }[] };
  const [header = '', , signature = ''] = jws.split('.');
  const { kid, alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as {
    kid: string;
    alg: string;
  };
  assert.equal(alg, 'ES256');
  const key = createPublicKey({ key: keys.find((one) => one.kid === kid) ?? {}, format: 'jwk' });
  const canonical = Buffer.from(sorted(content));
  const text = `${header}.${canonical.toString('base64url')}`;
  const isHashed = createHash('sha256').update(canonical).digest('hex') === hash;
  const ecdsa = { key, dsaEncoding: 'ieee-p1363' } as const; // as a JWS has it, and not DER
  return isHashed && verify('sha256', Buffer.from(text), ecdsa, Buffer.from(signature, 'base64url'));
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, own]) => `${JSON.stringify(name)}:${sorted(own)}`).join(',')}}`;
}

const LOAN_FEN = 50_000_00;

/** An application of a day, granted and paid out on it. */
function loanOf(disclosureId: string, { at, day }: { at: number; day: string }): OutcomeItem {
  return {
    disclosureId,
    used: true,
    application: { id: `A-${at}`, appliedOn: day, product: '流动资金贷款', requestedFen: LOAN_FEN },
    decision: { result: 'approved', reasons: [], decidedOn: day },
    loan: {
      id: `L-${at}`,
      amountFen: LOAN_FEN,
      annualRateBp: 345,
      termMonths: 12,
      guarantee: 'none',
      isFirstLoan: false,
      isCreditLoan: true,
      disbursedOn: day,
    },
  };
}

function badLoanOf(disclosureId: string, { at, month }: { at: number; month: string }): OutcomeItem {
  const balance = {
    loanId: `L-${at}`,
    month,
    balanceFen: LOAN_FEN,
    overdue: 'd90_plus',
    isBad: true,
  } as const;
  return { disclosureId, used: true, balance };
}

function declinedOf(disclosureId: string, day: string): OutcomeItem {
  return {
    disclosureId,
    used: true,
    application: { id: 'A-declined', appliedOn: day, product: '流动资金贷款', requestedFen: LOAN_FEN },
    decision: { result: 'withdrawn', reasons: ['other'], decidedOn: day },
  };
}

/** The bank's monthly sheet, as the node's person enters it. */
async function report(node: Node, items: readonly OutcomeItem[]): Promise<void> {
  const caller = commandLineReporter('first', { institutionId: BANK });
  const { counts, results } = await inTransaction(node.database, async (tx) => {
    const admission = await proveReporter(tx, node, caller, { institution: BANK, operator: caller.id });
    return await reportOutcomes(tx, openOutcomes(node), { admission, caller, items: toReported(items) });
  });
  assert.equal(counts.refused, 0, JSON.stringify(results));
}

/** An account of the enterprise's legal representative, under mandate. */
async function openRepresentative(node: Node, code: string): Promise<void> {
  const { enterpriseId } = await inTransaction(node.database, (tx) => findEnterprise(tx, code));
  const roles = ['legal_representative'] as const;
  const accountId = await addPerson(node, { login: 'listed', kind: 'enterprise', roles, enterpriseId });
  const mandate = { enterpriseId, accountId, capacity: 'legal_representative', scope: [] };
  await inTransaction(node.database, (tx) => addMandate(tx, mandate));
}
