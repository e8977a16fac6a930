import assert from 'node:assert/strict';
import { createPublicKey, type JsonWebKey, verify as verifySignature } from 'node:crypto';
import { after, test } from 'node:test';
import { beijingDate } from '#kernel';
import { systemCaller } from '#platform';
import { sealMonth } from '#returns';
import { auditLog, hashLeaf, urlSource, verifyInclusion } from '#security';
import { openReturns } from '../../src/entry/returns.ts';
import { commitTo, leafText } from '../../src/security/log/verifier/receipt.ts';
import {
  addRepresentatives,
  BORROWERS,
  bystandersPenalty,
  dayOf,
  letTwoDaysPass,
  MONTH,
  NOBODY_ABNORMAL,
  openCity,
  penalties,
  penaltyOf,
  publishList,
  pushList,
  registrations,
} from './correction-setting.ts';
import { dayFrom } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import { LIST } from './whitelists-setting.ts';

const city = await openCity(endingOf(after));
const { node, url, call, deliver, run, settle, clock } = city;
const [own = assert.fail()] = BORROWERS;
const PENALTY = 'n08_penalty';
const NO = penaltyOf(1);
const provider = node.lists.catalogue.contracts.get(PENALTY)?.provider ?? assert.fail();
const consents = new Map<string, string>();
/** Everything that left a leaf on the way. */
const receipts = new Set<string>();

async function must<Body>(...asked: Parameters<typeof call>): Promise<Body> {
  const { status, body } = await call<Body & object>(...asked);
  assert.equal(status, 200, `${asked[1]} ${JSON.stringify(body).slice(0, 600)}`);
  return body;
}

async function giveConsent({ code, login }: (typeof BORROWERS)[number]): Promise<void> {
  const asked = {
    enterprise: code,
    purpose: 'loan_origination',
    contracts: [{ id: 'n01_registration' }, { id: PENALTY }],
    fetch: 'periodic',
    frequency: { count: 30, unit: 'month' },
    dataFrom: dayFrom(clock, -300),
    validTo: dayFrom(clock, 90),
    dataLife: { count: 6, unit: 'month' },
    operator: '柜员 7',
  };
  const { consentId, digest } = await must<{ consentId: string; digest: string }>(
    'inquirer',
    '/api/v1/consents',
    asked,
  );
  await must(login, `/api/v1/consents/${consentId}/grant`, { digest });
  consents.set(code, consentId);
}

type Queried = {
  disclosureId: string;
  receipt: { id: string };
  datasets: { contract: string; outcome: string; records: { id: string; isDisputed: boolean }[] }[];
};

async function query(code: string): Promise<Queried> {
  const answer = await must<Queried>('inquirer', '/api/v1/queries', {
    enterprise: code,
    consentId: consents.get(code),
    purpose: 'loan_origination',
    contracts: ['n01_registration', PENALTY],
    application: 'LN-1',
    operator: '柜员 7',
  });
  receipts.add(answer.receipt.id);
  return answer;
}

function penaltiesIn({ datasets }: Queried) {
  return datasets.find(({ contract }) => contract === PENALTY)?.records ?? [];
}

type Score = { score: number; disclosureId: string; receipt: { id: string } };
async function scoreForBank(): Promise<Score> {
  const consentId = consents.get(own.code) ?? '';
  const asked = { consentId, purpose: 'loan_origination', application: 'LN-1', operator: '柜员 7' };
  const path = `/api/v1/enterprises/${own.code}/score?${new URLSearchParams(asked).toString()}`;
  const score = await must<Score>('inquirer', path);
  receipts.add(score.receipt.id);
  return score;
}

async function report(login: string, asked: Record<string, string> = {}): Promise<string> {
  const path = `/api/v1/enterprises/${own.code}/report?${new URLSearchParams(asked).toString()}`;
  return JSON.stringify(await must<object>(login, path));
}

type Change = { code: string; change: string; reason: { code: string } | null };
async function changesOfOwn(): Promise<Change[]> {
  const { changes } = await must<{ changes: Change[] }>(
    'inquirer',
    `/api/v1/whitelists/${LIST}/changes?after=0.0`,
  );
  return changes.filter(({ code }) => code === own.code);
}

type Alert = {
  alertId: string;
  enterprise: { code: string };
  state: { code: string };
  recalls?: { recallId: string; reason: { code: string } }[];
  steps?: { receiptId: string }[];
};
async function inbox(): Promise<Alert[]> {
  return (await must<{ alerts: Alert[] }>('risk', '/api/v1/monitoring/alerts?limit=50')).alerts;
}

type Judged = { alerts: number; enterprises: number };
async function judgedIn(version?: number): Promise<Judged | null | undefined> {
  const of = `/api/v1/returns/departments/${encodeURIComponent(provider)}/sheet?month=${MONTH}`;
  type Sheet = { sheet: { alerts: { datasets: { contract: string; judged: Judged | null }[] } | null } };
  const { sheet } = await must<Sheet>('department', version === undefined ? of : `${of}&version=${version}`);
  return sheet.alerts?.datasets.find(({ contract }) => contract === PENALTY)?.judged;
}

const before = { score: 0, record: '', answer: '', scored: '', objection: '' };

test('before the penalty the enterprise is on the whitelist, is scored, and the bank lends', async () => {
  await deliver('registry', 'n01_registration', registrations());
  await deliver('abnormal', 'n05_abnormal_list', NOBODY_ABNORMAL);
  await deliver('department', PENALTY, bystandersPenalty());
  await addRepresentatives(city);
  await run('evaluate_all');
  await publishList(city);
  await pushList(city, { hasNew: true });
  assert.deepEqual(
    (await changesOfOwn()).map(({ change }) => change),
    ['added'],
  );
  for (const one of BORROWERS) await giveConsent(one);
  const items = [];
  for (const [n, { code }] of BORROWERS.entries()) {
    const { disclosureId } = await query(code);
    items.push({
      disclosureId,
      used: true,
      application: { id: `A-${n}`, appliedOn: dayOf(2), product: '流动资金贷款', requestedFen: 500_000_00 },
      decision: { result: 'approved', reasons: [], decidedOn: dayOf(10) },
      loan: {
        id: `L-${n}`,
        amountFen: 400_000_00,
        annualRateBp: 345,
        termMonths: 12,
        guarantee: 'none',
        isFirstLoan: true,
        isCreditLoan: true,
        disbursedOn: dayOf(15),
      },
    });
  }
  before.score = (await scoreForBank()).score;
  const { counts } = await must<{ counts: { refused: number } }>('reporter', '/api/v1/outcomes', {
    operator: '柜员 7',
    items,
  });
  assert.equal(counts.refused, 0);
  await run('refresh_all_watches');
});

test('a penalty is delivered: it is answered, scored, alerted, and the enterprise leaves the whitelist', async () => {
  await deliver('department', PENALTY, penalties());
  await run('evaluate_touched');
  await run('run_whitelists');
  await pushList(city, { hasNew: false });
  const answer = await query(own.code);
  const [record = assert.fail('the bank reads the penalty')] = penaltiesIn(answer);
  before.record = record.id;
  before.answer = answer.disclosureId;
  const scored = await scoreForBank();
  before.scored = scored.disclosureId;
  assert.ok(scored.score < before.score, `${scored.score} is below ${before.score}`);
  assert.match(await report('reader'), new RegExp(NO));
  assert.deepEqual(
    (await changesOfOwn()).map(({ change }) => change),
    ['added', 'left'],
  );
  const alerts = await inbox();
  assert.equal(alerts.length, BORROWERS.length, 'one alert of each borrower');
  for (const { alertId } of alerts)
    for (const step of [
      { step: 'acknowledge' },
      { step: 'start' },
      { step: 'confirmed' },
      { step: 'resolve', action: 'none' },
    ]) {
      const { receiptId } = await must<{ receiptId: string }>(
        'risk',
        `/api/v1/monitoring/alerts/${alertId}/handling`,
        step,
      );
      receipts.add(receiptId);
    }
});

test('the month is sealed with six judged alerts', async () => {
  await letTwoDaysPass(city);
  const caller = systemCaller('test');
  await sealMonth(openReturns(node), { caller, month: MONTH, kind: 'first', reason: '' });
  assert.deepEqual(await judgedIn().then((one) => [one?.alerts, one?.enterprises]), [6, 6]);
});

type Objection = {
  objectionId: string;
  state: string;
  receiptId: string;
  steps?: { act: string; receiptId: string | null }[];
};

test('the enterprise objects, everybody sees the mark at once, the node forwards and the department upholds', async () => {
  const own_ = `/api/v1/enterprises/${own.code}/objections`;
  const item = { contract: PENALTY, record: before.record, ground: 'wrong' };
  const raised = await must<Objection>(own.login, own_, {
    reason: '该处罚决定的当事人不是本企业。',
    items: [{ ...item, fields: [{ field: 'fine', claimed: null }] }],
  });
  before.objection = raised.objectionId;
  receipts.add(raised.receiptId);
  assert.equal(penaltiesIn(await query(own.code))[0]?.isDisputed, true);
  const handling = `/api/v1/rights/objections/${raised.objectionId}`;
  const decision = { item: 1, upheld: true, outcome: 'annulled', words: '经核查，当事人有误，予以撤销。' };
  assert.equal((await call('department', `${handling}/decision`, decision)).status, 409, 'not forwarded yet');
  for (const act of ['accept', 'forward']) await must('data', `${handling}/check`, { act });
  assert.equal((await must<Objection>('department', `${handling}/decision`, decision)).state, 'upheld');
  const done = await must<Objection>(own.login, `${own_}/${raised.objectionId}`);
  for (const { receiptId } of done.steps ?? []) if (receiptId !== null) receipts.add(receiptId);
  await settle();
});

test('the next answer, report, score and whitelist are as if it had never been', async () => {
  await run('evaluate_touched');
  await run('run_whitelists');
  await pushList(city, { hasNew: true });
  assert.deepEqual(penaltiesIn(await query(own.code)), []);
  assert.doesNotMatch(await report('reader'), new RegExp(NO));
  assert.equal((await scoreForBank()).score, before.score);
  assert.deepEqual(
    (await changesOfOwn()).map(({ change }) => change),
    ['added', 'left', 'added'],
  );
});

test('the alert is recalled, its bank confirms, and the others stand', async () => {
  const alerts = await inbox();
  const states = alerts.map(({ enterprise, state }) => [enterprise.code === own.code, state.code]);
  assert.deepEqual(
    states.filter(([isOwn]) => isOwn),
    [[true, 'recalled']],
  );
  assert.ok(states.filter(([isOwn]) => !isOwn).every(([, state]) => state === 'resolved'));
  const recalled = alerts.find(({ enterprise }) => enterprise.code === own.code) ?? assert.fail();
  const full = await must<Alert>('risk', `/api/v1/monitoring/alerts/${recalled.alertId}`);
  const [one = assert.fail('the alert has its recall')] = full.recalls ?? [];
  for (const { receiptId } of full.steps ?? []) receipts.add(receiptId);
  await must('risk', `/api/v1/monitoring/recalls/${one.recallId}/acknowledged`, {});
});

test('the month is revised to five judged alerts, and what was sealed first stays', async () => {
  const caller = systemCaller('test');
  const asked = { caller, month: MONTH, kind: 'revision', reason: '异议成立，处罚撤销' } as const;
  await sealMonth(openReturns(node), asked);
  assert.deepEqual([(await judgedIn())?.alerts, (await judgedIn(1))?.alerts], [5, 6]);
});

type Recall = { recallId: string; disclosureId: string; demand: string };
type Received = Recall & {
  notice: string;
  receiptId: string;
  inclusion: { index: number; size: number; hashes: string[] };
  leaf: { body: string; salt: string };
};

test('every past recipient has its recall, signed by the node, proved in the log, and acknowledges it', async () => {
  const { recalls } = await must<{ recalls: Recall[] }>('risk', '/api/v1/recalls');
  const of = new Map(recalls.map((one) => [one.disclosureId, one]));
  assert.equal(of.get(before.answer)?.demand, 'correct');
  assert.equal(of.get(before.scored)?.demand, 'ask_again');
  const { keys } = await must<{ keys: (JsonWebKey & { kid: string; use: string })[] }>(
    null,
    '/.well-known/jwks.json',
  );
  for (const { recallId } of recalls) {
    const received = await must<Received>('risk', `/api/v1/recalls/${recallId}`);
    verifyNotice(received, keys);
    receipts.add(received.receiptId);
  }
  const ids = recalls.map(({ recallId }) => recallId);
  await must('risk', '/api/v1/recalls/acknowledgements', { recalls: ids, done: 'corrected' });
  assert.deepEqual((await must<{ recalls: [] }>('risk', '/api/v1/recalls?state=open')).recalls, []);
  const nodes = await must<{ recalls: Recall[] }>('data', '/api/v1/recalls');
  assert.ok(nodes.recalls.length > 0, 'what readers were given the node answers for');
  const others = await must<{ recalls: (Recall & { disclosureKind: string })[] }>(
    'other-risk',
    '/api/v1/recalls',
  );
  const told = others.recalls.map(({ disclosureKind, demand }) => [disclosureKind, demand]);
  assert.deepEqual(told, [['whitelist_entry', 'ask_again']], 'it was pushed the list, and nothing else');
  type Seen = Recall & { done: string | null; recipient: { id: string } };
  const seen = await must<{ recalls: Seen[] }>(own.login, `/api/v1/enterprises/${own.code}/recalls`);
  const banks = seen.recalls.filter(({ recipient }) => recipient.id === 'bank');
  assert.deepEqual(new Set(banks.map(({ recallId }) => recallId)), new Set(ids));
  assert.ok(banks.every(({ done }) => done === 'corrected'));
});

/** With node:crypto and the published keys alone; then the way from the notice to the leaf that was opened. */
function verifyNotice(
  { notice, inclusion, leaf }: Received,
  keys: readonly (JsonWebKey & { kid: string })[],
): void {
  const [head = '', payload = '', signature = ''] = notice.split('.');
  const { kid, alg, typ } = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, string>;
  assert.deepEqual([alg, typ], ['ES256', 'xinqiao-recall+jwt']);
  const jwk = keys.find((key) => key.kid === kid) ?? assert.fail('the key is published');
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const signed = Buffer.from(`${head}.${payload}`);
  const isSigned = verifySignature(
    'sha256',
    signed,
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  assert.ok(isSigned, 'the signature holds');
  assert.doesNotMatch(Buffer.from(payload, 'base64url').toString(), new RegExp(`${NO}|60000000`));
  const { merkleRoot } = JSON.parse(leaf.body) as { merkleRoot: string };
  const hashes = inclusion.hashes.map((hash) => Buffer.from(hash, 'hex'));
  const root = Buffer.from(merkleRoot, 'hex');
  assert.ok(verifyInclusion(hashLeaf(Buffer.from(notice)), { ...inclusion, hashes }, root));
}

test('the report as of yesterday is what it was for the enterprise, and without the record for anybody else', async () => {
  const asOf = beijingDate(new Date(clock.now().getTime() - 86_400_000));
  assert.match(await report(own.login, { purpose: 'self', asOf }), new RegExp(NO));
  assert.doesNotMatch(await report('inquirer', { asOf }), new RegExp(NO));
  assert.doesNotMatch(await report('reader', { asOf }), new RegExp(NO));
});

type Proved = {
  receipt: { id: string; kind: string; at: string; leafHash: string };
  included: { index: number; size: number; hashes: string[]; checkpoint: string } | null;
};

test('the log proves each step, and holds as a whole by its public tiles', async () => {
  assert.ok(receipts.size > 20);
  for (const id of receipts) {
    const { receipt, included } = await proofOf(id);
    const [, size = '', root = ''] = included.checkpoint.split('\n');
    assert.equal(Number(size), included.size);
    const hashes = included.hashes.map((hash) => Buffer.from(hash, 'base64'));
    const leaf = Buffer.from(receipt.leafHash, 'hex');
    assert.ok(verifyInclusion(leaf, { ...included, hashes }, Buffer.from(root, 'base64')), id);
  }
  const { recalls } = await must<{ recalls: Recall[] }>('risk', '/api/v1/recalls');
  const opened = await must<Received>('risk', `/api/v1/recalls/${recalls[0]?.recallId}`);
  const { receipt } = await proofOf(opened.receiptId);
  const commitment = commitTo(Buffer.from(opened.leaf.salt, 'hex'), opened.leaf.body);
  const text = leafText(receipt.kind, receipt.at, commitment);
  assert.equal(hashLeaf(Buffer.from(text)).toString('hex'), receipt.leafHash, 'the leaf is what was opened');
  const audit = await auditLog({ source: urlSource(`${url}/api/v1/log`) });
  assert.equal(audit.fault, undefined, JSON.stringify(audit.fault));
  assert.ok((audit.head?.size ?? 0) >= receipts.size);
});

/** Within a second of its promise a leaf is in the tree. */
async function proofOf(id: string) {
  for (;;) {
    const { receipt, included } = await must<Proved>(null, `/api/v1/receipts/${id}`);
    if (included !== null) return { receipt, included };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
